import { useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { KnowledgeImport } from "../../api/types.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";

const ROWS_SHOWN = 500;

/** CSV in two steps: the server checks every row without writing, then the good ones are written. */
export function KnowledgeImportDialog(props: { onClose: () => void }) {
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const [csv, setCsv] = useState("");
  const [result, setResult] = useState<KnowledgeImport | null>(null);
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = await file.text();
    setCsv(text);
    setResult(null);
    await write(async () => setResult(await change.importKnowledge(text, true)));
  };
  const run = async (): Promise<void> => {
    await write(async () => setResult(await change.importKnowledge(csv, false)));
    void client.invalidateQueries({ queryKey: ["knowledge"] });
  };
  const good = result === null ? 0 : result.created + result.updated;
  return (
    <Modal open width={760} title={t("kbimport.title")} onCancel={props.onClose} footer={null}>
      <div className="column">
        <p className="muted">{t("kbimport.lead")}</p>
        <input
          type="file"
          accept=".csv,text/csv"
          aria-label={t("import.choose")}
          onChange={(event) => void choose(event.target.files?.[0])}
        />
        {result !== null && <Result result={result} />}
        {result?.dry_run === true && good > 0 && (
          <Button type="primary" onClick={() => void run()}>
            {t("kbimport.do", { count: good })}
          </Button>
        )}
      </div>
    </Modal>
  );
}

function Result(props: { result: KnowledgeImport }) {
  const { result } = props;
  const t = useText();
  const { created, updated, unchanged, refused } = result;
  // Rows with errors first: they are what a person must look at. Unchanged ones say nothing.
  const rows = result.rows
    .filter(({ action }) => action !== "unchanged")
    .sort((a, b) => Number(b.action === "refuse") - Number(a.action === "refuse") || a.row - b.row);
  return (
    <>
      <p role="status">
        <b>
          {result.dry_run
            ? t("kbimport.preview", { created, updated, unchanged, refused })
            : t("kbimport.done", { written: created + updated, refused })}
        </b>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse it is scrolled with the keys */}
      <section className="table-scroll import-rows" aria-label={t("import.result")} tabIndex={0}>
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{t("import.row")}</th>
              <th scope="col">{t("kbimport.id")}</th>
              <th scope="col">{t("import.result")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS_SHOWN).map((row) => (
              <tr key={row.row}>
                <td>{row.row}</td>
                <td>{row.kb_id ?? "–"}</td>
                <td>
                  {row.action === "refuse"
                    ? row.errors.map((error) => (
                        <div key={error.field + error.code + error.detail}>
                          <b>{error.field}</b> {error.detail}{" "}
                          <span className="mono muted">{error.code}</span>
                        </div>
                      ))
                    : t(`kbimport.${row.action}`)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
