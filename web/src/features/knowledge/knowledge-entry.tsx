import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { Knowledge } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useBilingual, useLanguage, useText, useWord } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { KnowledgeEditor } from "./knowledge-editor.tsx";
import { KnowledgeVersions } from "./knowledge-versions.tsx";

const texts = ["symptoms", "root_cause", "solution", "prevention"] as const;

/** One entry: folded it says what it is, open everything that is known and what can be done with it. */
export function KnowledgeEntry(props: { entry: Knowledge }) {
  const { entry } = props;
  const t = useText();
  const word = useWord();
  const language = useLanguage();
  return (
    <details className="panel kb-entry">
      <summary>
        <b className="grow">{entry.i18n[language].fault_pattern}</b>
        <span className="muted small">
          {word("fault", entry.category)} · {entry.device_type}
        </span>
        {entry.source === "AI_GENERATED" && <span className="tag">{t("kb.machine_made")}</span>}
        {entry.status !== "ACTIVE" && (
          <span className="tag tag-warn">{t(`kb.status_${entry.status}`)}</span>
        )}
        {entry.superseded_by !== null && (
          <span className="tag">{t("kb.superseded", { id: entry.superseded_by })}</span>
        )}
      </summary>
      <Content entry={entry} />
      <Actions entry={entry} />
    </details>
  );
}

function Content(props: { entry: Knowledge }) {
  const { entry } = props;
  const t = useText();
  const word = useWord();
  const pick = useBilingual();
  const said = entry.i18n[useLanguage()];
  const codes = [entry.failure_mode, entry.failure_mechanism].filter((code) => code !== "");
  return (
    <dl className="kb-texts">
      <Said name={t("kb.component")} text={entry.component === null ? "" : pick(entry.component)} />
      {texts.map((name) => (
        <Said key={name} name={t(`kb.${name}`)} text={said[name]} />
      ))}
      <Said name={t("kb.urgency")} text={entry.urgency === null ? "" : pick(entry.urgency)} />
      <div>
        <dt>{t("kb.signs")}</dt>
        <dd>
          {entry.signs.map((sign) => (
            <span key={sign.metric + sign.direction} className="tag">
              {word("metric", sign.metric)} {t(`kb.sign_${sign.direction}`)}{" "}
              <span className="muted">
                {sign.pattern === undefined ? "" : `${t(`kb.pattern_${sign.pattern}`)} `}
                {sign.strength}
              </span>
            </span>
          ))}
        </dd>
      </div>
      <Listed name={t("kb.discriminators")} items={entry.discriminators.map(pick)} />
      <Listed name={t("kb.checks")} items={entry.checks.map(pick)} />
      <Listed name={t("kb.parts")} items={entry.parts} />
      <Said name={t("kb.codes")} text={codes.join(" · ")} />
      <div>
        <dt>{t("kb.source")}</dt>
        <dd className="muted small">
          {[
            entry.kb_id,
            entry.source,
            entry.reference,
            entry.licence,
            t("rule.version", { version: entry.version }),
            ...(entry.shipped_revision === null ? [] : [t("kb.shipped")]),
          ]
            .filter((part) => part !== "")
            .join(" · ")}
        </dd>
      </div>
    </dl>
  );
}

function Said(props: { name: string; text: string }) {
  if (props.text === "") return null;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.text}</dd>
    </div>
  );
}

function Listed(props: { name: string; items: readonly string[] }) {
  if (props.items.length === 0) return null;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        <ol className="kb-items">
          {props.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ol>
      </dd>
    </div>
  );
}

function Actions(props: { entry: Knowledge }) {
  const { entry } = props;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const name = entry.i18n[useLanguage()].fault_pattern;
  const [open, setOpen] = useState<"edit" | "versions" | "retire" | null>(null);
  const move = async (verb: "promote" | "retire", reason = ""): Promise<boolean> => {
    const done = t(verb === "promote" ? "kb.promoted" : "kb.retired");
    const ok = await write(() => change.moveKnowledge(entry.kb_id, verb, reason), done);
    if (ok) void client.invalidateQueries({ queryKey: ["knowledge"] });
    return ok;
  };
  return (
    <div className="row">
      <Button size="small" onClick={() => setOpen("versions")}>
        {t("kb.history")}
      </Button>
      {may("engineer") && (
        <>
          <Button size="small" onClick={() => setOpen("edit")}>
            {t("kb.edit")}
          </Button>
          {entry.status !== "ACTIVE" && (
            <Button size="small" type="primary" onClick={() => void move("promote")}>
              {t(entry.status === "PROPOSED" ? "kb.promote" : "kb.restore")}
            </Button>
          )}
          {entry.status !== "RETIRED" && (
            <Button size="small" onClick={() => setOpen("retire")}>
              {t("kb.retire")}
            </Button>
          )}
        </>
      )}
      {open === "edit" && <KnowledgeEditor entry={entry} onClose={() => setOpen(null)} />}
      {open === "versions" && <KnowledgeVersions entry={entry} onClose={() => setOpen(null)} />}
      <Ask
        open={open === "retire"}
        title={t("kb.retire_title", { name })}
        ok={t("kb.retire")}
        needsReason
        onClose={() => setOpen(null)}
        onOk={(reason) => move("retire", reason)}
      />
    </div>
  );
}
