import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Rule } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { PageHead } from "../../ui/panel.tsx";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { CopyBlock, Empty, QueryView } from "../../ui/states.tsx";
import { RuleEditor } from "./rule-editor.tsx";
import "./rules.css";

/** Rules as people write them, with scope, modes and version. */
export function RulesPage() {
  const t = useText();
  const may = useMay();
  const rules = useQuery({ queryKey: keys.rules(), queryFn: read.rules });
  const [editing, setEditing] = useState<Rule | "new" | null>(null);
  return (
    <>
      <PageHead title={t("rules.title")} note={t("rules.lead")}>
        {may("engineer") && (
          <Button type="primary" onClick={() => setEditing("new")}>
            {t("rules.new")}
          </Button>
        )}
      </PageHead>
      <QueryView query={rules}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("rules.empty")}>
              <p className="muted">{t("rules.empty_more")}</p>
              <CopyBlock text="temperature > 80 for 30s and vibration > 1.5 * baseline(vibration)" />
            </Empty>
          ) : (
            <div className="column">
              {page.items.map((rule) => (
                <RuleRow key={rule.rule_id} rule={rule} onEdit={() => setEditing(rule)} />
              ))}
            </div>
          )
        }
      </QueryView>
      {editing !== null && (
        <RuleEditor rule={editing === "new" ? null : editing} onClose={() => setEditing(null)} />
      )}
    </>
  );
}

function RuleRow(props: { rule: Rule; onEdit: () => void }) {
  const { rule } = props;
  const t = useText();
  const word = useWord();
  const may = useMay();
  const scope = [rule.scope.device_id, rule.scope.device_type, rule.scope.line_id].filter(
    (each) => each !== null,
  );
  return (
    <section className={rule.enabled ? "panel rule" : "panel rule rule-off"}>
      <div className="row">
        <SeverityMark severity={rule.severity} />
        <b>{rule.name}</b>
        <span className="muted small">
          {rule.rule_id} · {t("rule.version", { version: rule.version })} · {rule.created_by}
        </span>
        {!rule.enabled && <span className="tag">{t("rule.disabled")}</span>}
        {rule.latching && <span className="tag">{t("rule.latching")}</span>}
        {may("engineer") && (
          <Button size="small" className="rule-edit" onClick={props.onEdit}>
            {t("action.edit")}
          </Button>
        )}
      </div>
      <pre className="mono rule-text">{rule.text}</pre>
      <p className="muted small">
        {word("condition", rule.condition)} ·{" "}
        {scope.length === 0 ? t("rule.scope_all") : scope.join(" · ")} ·{" "}
        {rule.modes.map((mode) => word("mode", mode)).join(", ")}
      </p>
    </section>
  );
}
