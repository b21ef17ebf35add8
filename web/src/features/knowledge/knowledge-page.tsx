import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useSearchParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Knowledge } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { download } from "../../ui/download.ts";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { KnowledgeEditor } from "./knowledge-editor.tsx";
import { KnowledgeEntry } from "./knowledge-entry.tsx";
import { KnowledgeImportDialog } from "./knowledge-import.tsx";
import { LearningPanel } from "./learning-panel.tsx";
import "./knowledge.css";

const types = ["pump", "motor", "compressor", "fan", "gearbox", "hydraulic", "generic"];
const states = ["ACTIVE", "PROPOSED", "RETIRED"] as const;
const SHOWN = 500;

/** What the plant knows of faults; entries from orders are proposed and promoted by a person. */
export function KnowledgePage() {
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<"new" | "import" | null>(null);
  const set = (name: string, value: string): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const find = params.get("find") ?? "";
  const type = params.get("type") ?? "";
  const status = params.get("status") ?? "";
  const exportCsv = (): void =>
    void write(async () => download("knowledge.csv", await read.exportKnowledge()));
  return (
    <>
      <PageHead title={t("kb.title")}>
        <Input
          allowClear
          className="kb-find"
          aria-label={t("kb.search")}
          placeholder={t("kb.search")}
          value={find}
          onChange={(event) => set("find", event.target.value)}
        />
        <Select
          className="kb-filter"
          aria-label={t("kb.type")}
          value={type}
          onChange={(value) => set("type", value)}
          options={["", ...types].map((value) => ({
            value,
            label: value === "" ? t("kb.all_types") : value,
          }))}
        />
        <Select
          className="kb-filter"
          aria-label={t("kb.all_states")}
          value={status}
          disabled={find !== ""}
          onChange={(value) => set("status", value)}
          options={["", ...states].map((value) => ({
            value,
            label:
              value === ""
                ? t("kb.all_states")
                : t(`kb.status_${value as (typeof states)[number]}`),
          }))}
        />
        <Button onClick={exportCsv}>{t("action.export")}</Button>
        {may("engineer") && (
          <>
            <Button onClick={() => setOpen("import")}>{t("kbimport.open")}</Button>
            <Button type="primary" onClick={() => setOpen("new")}>
              {t("kb.new")}
            </Button>
          </>
        )}
      </PageHead>
      <LearningPanel />
      <Entries find={find} type={type} status={status} />
      {open === "new" && <KnowledgeEditor entry={null} onClose={() => setOpen(null)} />}
      {open === "import" && <KnowledgeImportDialog onClose={() => setOpen(null)} />}
    </>
  );
}

function Entries(props: { find: string; type: string; status: string }) {
  const t = useText();
  const wanted = useDeferredValue(props.find);
  const filter = {
    query: wanted === "" ? undefined : wanted,
    device_type: props.type === "" ? undefined : props.type,
    // A search knows no states: it finds what is in force and, below it, what is proposed.
    status: wanted !== "" || props.status === "" ? undefined : props.status,
    limit: SHOWN,
  };
  const entries = useQuery({
    queryKey: keys.knowledge(filter),
    queryFn: () => read.knowledge(filter),
    placeholderData: (previous) => previous,
  });
  return (
    <QueryView query={entries}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty title={t("kb.empty")} />
        ) : (
          <div className="kb-list">
            {page.items.map((entry: Knowledge) => (
              <KnowledgeEntry key={entry.kb_id} entry={entry} />
            ))}
          </div>
        )
      }
    </QueryView>
  );
}
