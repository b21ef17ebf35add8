import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Source } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { download } from "../../ui/download.ts";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { ImportSources } from "./import-sources.tsx";
import { SourceRow } from "./source-row.tsx";
import "./sources.css";

/** Where readings come from: how each source stands, and what can be done about it, in place. */
export function SourcesPage() {
  const t = useText();
  const may = useMay();
  const sources = useQuery({
    queryKey: keys.sources(),
    queryFn: read.sources,
    // A rate is the difference of two looks: the second one follows at once.
    refetchInterval: ({ state }) =>
      state.data?.items.some((source) => source.rate_per_s === null) === true ? 1_500 : 5_000,
  });
  return (
    <>
      <PageHead title={t("sources.title")} note={t("sources.lead")}>
        {may("engineer") && <Actions />}
      </PageHead>
      <QueryView query={sources}>
        {(page) => (page.items.length === 0 ? <NoSources /> : <List sources={page.items} />)}
      </QueryView>
    </>
  );
}

function Actions() {
  const t = useText();
  const write = useWrite();
  const [importing, setImporting] = useState(false);
  const save = async (): Promise<void> => {
    await write(async () => download("iai-sources.yaml", (await read.exportSources()).yaml));
  };
  return (
    <>
      <Button onClick={() => setImporting(true)}>{t("sources.import")}</Button>
      <Button onClick={() => void save()}>{t("sources.export")}</Button>
      <Link to="/sources/new">
        <Button type="primary" tabIndex={-1}>
          {t("sources.connect")}
        </Button>
      </Link>
      {importing && <ImportSources onClose={() => setImporting(false)} />}
    </>
  );
}

/** No source yet: what to do, and who can. */
function NoSources() {
  const t = useText();
  const may = useMay();
  return (
    <Empty title={t("sources.empty")}>
      <p>{t("sources.empty_more")}</p>
      {may("engineer") ? (
        <p>
          <Link to="/sources/new">{t("sources.connect")}</Link>
        </p>
      ) : (
        <p className="muted">{t("sources.who_may")}</p>
      )}
    </Empty>
  );
}

/** Trouble first; the row that is open stands in the address. */
function List(props: { sources: readonly Source[] }) {
  const [search, setSearch] = useSearchParams();
  const open = search.get("open");
  const sorted = [...props.sources].sort(
    (a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1),
  );
  return (
    <ul className="column">
      {sorted.map((source) => (
        <li key={source.name}>
          <SourceRow
            source={source}
            isOpen={open === source.name}
            onToggle={() =>
              setSearch(open === source.name ? {} : { open: source.name }, { replace: true })
            }
          />
        </li>
      ))}
    </ul>
  );
}

function rankOf({ enabled, state }: Source): number {
  if (!enabled) return 3;
  return state === "failed" ? 0 : state === "running" ? 2 : 1;
}
