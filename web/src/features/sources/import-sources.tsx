import { useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { SourceImport } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";

/** YAML in two steps: the server checks every source without writing, then the good ones are written. */
export function ImportSources(props: { onClose: () => void }) {
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const [yaml, setYaml] = useState("");
  const [result, setResult] = useState<SourceImport | null>(null);
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = await file.text();
    setYaml(text);
    await write(async () => setResult(await change.importSources(text, true)));
  };
  const run = async (): Promise<void> => {
    await write(async () => setResult(await change.importSources(yaml, false)));
    await client.invalidateQueries({ queryKey: keys.sources() });
  };
  const good = result === null ? 0 : result.created + result.updated;
  return (
    <Modal open width={680} title={t("sources.import")} onCancel={props.onClose} footer={null}>
      <div className="column">
        <p className="muted">{t("sources.import_lead")}</p>
        <input
          type="file"
          accept=".yaml,.yml"
          aria-label={t("sources.import_choose")}
          onChange={(event) => void choose(event.target.files?.[0])}
        />
        {result !== null && (
          <ul className="source-list" role="status">
            {result.sources.map((each, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a source at fault may have no name
              <li key={index}>
                <b>{each.name ?? "–"}</b>{" "}
                {each.action === "refuse" ? (
                  <span className="form-error">{each.detail}</span>
                ) : (
                  <span className="muted">
                    {t(each.action === "create" ? "sources.import_new" : "sources.import_replace")}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
        {result?.dry_run === true && good > 0 && (
          <Button type="primary" onClick={() => void run()}>
            {t("sources.import_do", { count: good })}
          </Button>
        )}
        {result?.dry_run === false && <p>{t("sources.import_done", { count: good })}</p>}
      </div>
    </Modal>
  );
}
