import { useQuery } from "@tanstack/react-query";
import { Drawer } from "antd";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Knowledge, KnowledgeVersion } from "../../api/types.ts";
import { useLanguage, useText } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { QueryView } from "../../ui/states.tsx";
import { differences } from "./knowledge-differences.ts";

/** What an entry was, what each change changed, who made it and why. */
export function KnowledgeVersions(props: { entry: Knowledge; onClose: () => void }) {
  const { kb_id, i18n } = props.entry;
  const t = useText();
  const name = i18n[useLanguage()].fault_pattern;
  const versions = useQuery({
    queryKey: keys.knowledgeVersions(kb_id),
    queryFn: () => read.knowledgeVersions(kb_id),
  });
  return (
    <Drawer open size={720} title={t("kb.history_title", { name })} onClose={props.onClose}>
      <QueryView query={versions}>
        {({ items }) => (
          <ol className="kb-versions">
            {items.map((version, index) => (
              <li key={version.version}>
                <Version
                  version={version}
                  made={items[index + 1]?.replaced ?? null}
                  before={items[index + 1]?.entry ?? null}
                />
              </li>
            ))}
          </ol>
        )}
      </QueryView>
    </Drawer>
  );
}

function Version(props: {
  version: KnowledgeVersion;
  /** How this version came to be: the end of the one before it. */
  made: KnowledgeVersion["replaced"];
  before: Knowledge | null;
}) {
  const { version, made, before } = props;
  const t = useText();
  const changed = before === null ? [] : differences(before, version.entry);
  return (
    <>
      <p>
        <b>{t("rule.version", { version: version.version })}</b>{" "}
        {version.replaced === null && <span className="tag">{t("kb.in_force")}</span>}{" "}
        <span className="muted small">
          {made !== null && (
            <>
              {t("kb.replaced_by", { actor: made.actor })} · <Instant at={made.at} />
              {made.reason !== null && ` · ${made.reason}`}
            </>
          )}
        </span>
      </p>
      {before !== null && changed.length === 0 && (
        <p className="muted small">{t("kb.no_difference")}</p>
      )}
      {changed.map(({ field, was, is }) => (
        <div key={field} className="kb-difference">
          <span className="mono small">{field}</span>
          <del>{was}</del>
          <ins>{is}</ins>
        </div>
      ))}
    </>
  );
}
