import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useDeferredValue, useState } from "react";
import { useSearchParams } from "react-router";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Knowledge, KnowledgeInput } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useBilingual, useLanguage, useText, useWord } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { NewKnowledge } from "./new-knowledge.tsx";
import "./knowledge.css";

/** What the plant knows of faults; entries from orders are proposed and promoted by a person. */
export function KnowledgePage() {
  const t = useText();
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const find = params.get("find") ?? "";
  const wanted = useDeferredValue(find);
  const filter = { query: wanted, limit: 100 };
  const entries = useQuery({
    queryKey: keys.knowledge(filter),
    queryFn: () => read.knowledge(filter),
    placeholderData: (previous) => previous,
  });
  const [writing, setWriting] = useState(false);
  return (
    <>
      <PageHead title={t("kb.title")}>
        <Input
          allowClear
          className="kb-find"
          aria-label={t("kb.search")}
          placeholder={t("kb.search")}
          value={find}
          onChange={(event) =>
            setParams(event.target.value === "" ? {} : { find: event.target.value }, {
              replace: true,
            })
          }
        />
        {may("engineer") && (
          <Button type="primary" onClick={() => setWriting(true)}>
            {t("kb.new")}
          </Button>
        )}
      </PageHead>
      <QueryView query={entries}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("kb.empty")} />
          ) : (
            <div className="kb-list">
              {page.items.map((entry) => (
                <Entry key={entry.kb_id} entry={entry} />
              ))}
            </div>
          )
        }
      </QueryView>
      {writing && <NewKnowledge onClose={() => setWriting(false)} />}
    </>
  );
}

const texts = ["symptoms", "root_cause", "solution", "prevention"] as const;

function Entry(props: { entry: Knowledge }) {
  const { entry } = props;
  const t = useText();
  const word = useWord();
  const pick = useBilingual();
  const language = useLanguage();
  const said = entry.i18n[language];
  return (
    <details className="panel kb-entry">
      <summary>
        <b className="grow">{said.fault_pattern}</b>
        <span className="muted small">
          {word("fault", entry.category)} · {entry.device_type}
        </span>
        {entry.status !== "ACTIVE" && <span className="tag">{t(`kb.status_${entry.status}`)}</span>}
      </summary>
      <dl className="kb-texts">
        {texts.map((name) =>
          said[name] === "" ? null : (
            <div key={name}>
              <dt>{t(`kb.${name}`)}</dt>
              <dd>{said[name]}</dd>
            </div>
          ),
        )}
        <div>
          <dt>{t("kb.signs")}</dt>
          <dd>
            {entry.signs.map((sign) => (
              <span key={sign.metric + sign.direction} className="tag">
                {word("metric", sign.metric)} {t(`kb.sign_${sign.direction}`)}
              </span>
            ))}
          </dd>
        </div>
        <Listed name={t("kb.discriminators")} items={entry.discriminators.map(pick)} />
        <Listed name={t("kb.checks")} items={entry.checks.map(pick)} />
        <Listed name={t("kb.parts")} items={entry.parts} />
        <div>
          <dt>{t("kb.source")}</dt>
          <dd className="muted small">
            {entry.source} · {entry.reference} · {entry.licence} ·{" "}
            {t("rule.version", { version: entry.version })}
          </dd>
        </div>
      </dl>
      <Promote entry={entry} />
    </details>
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

function Promote(props: { entry: Knowledge }) {
  const { entry } = props;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  if (entry.status !== "PROPOSED" || !may("engineer")) return null;
  const promote = async (): Promise<void> => {
    const both = (name: (typeof texts)[number] | "fault_pattern") => ({
      zh: entry.i18n.zh[name],
      en: entry.i18n.en[name],
    });
    const { kb_id, version: _v, created_at: _c, i18n: _i, ...rest } = entry;
    const body: KnowledgeInput = {
      ...rest,
      fault_pattern: both("fault_pattern"),
      symptoms: both("symptoms"),
      root_cause: both("root_cause"),
      solution: both("solution"),
      prevention: both("prevention"),
      status: "ACTIVE",
    };
    await write(() => change.putKnowledge(kb_id, body), t("kb.promoted"));
    await client.invalidateQueries({ queryKey: ["knowledge"] });
  };
  return <Button onClick={() => void promote()}>{t("kb.promote")}</Button>;
}
