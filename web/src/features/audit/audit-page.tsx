import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import { useText } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, Failed, Loading } from "../../ui/states.tsx";

/** Who did what, chained by hashes. */
export function AuditPage() {
  const t = useText();
  const rows = useInfiniteQuery({
    queryKey: keys.audit(),
    queryFn: ({ pageParam }) => read.audit({ limit: 100, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = rows.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHead title={t("audit.title")} note={t("audit.lead")} />
      {rows.isPending && <Loading />}
      {rows.isError && <Failed error={rows.error} retry={() => void rows.refetch()} />}
      {rows.isSuccess && items.length === 0 && <Empty title={t("audit.empty")} />}
      {items.length > 0 && (
        <section
          className="panel panel-body table-scroll"
          aria-label={t("audit.title")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: so that the arrow keys scroll it
          tabIndex={0}
        >
          <table className="plain-table">
            <thead>
              <tr>
                {(["number", "at", "actor", "action", "subject", "result", "hash"] as const).map(
                  (name) => (
                    <th key={name} scope="col">
                      {t(`audit.${name}`)}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((row) => (
                <tr key={row.number}>
                  <td>{row.number}</td>
                  <td>
                    <Instant at={row.at} />
                  </td>
                  <td>
                    {row.actor} <span className="muted small">{row.origin}</span>
                  </td>
                  <td className="mono">{row.action}</td>
                  <td>
                    {row.subject}
                    <div className="muted small mono">{detailText(row.detail)}</div>
                  </td>
                  <td>{row.result === "ok" ? t("audit.ok") : <b>{t("audit.refused")}</b>}</td>
                  <td className="mono muted" title={row.hash}>
                    {row.hash.slice(0, 10)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {rows.hasNextPage && (
            <Button onClick={() => void rows.fetchNextPage()} loading={rows.isFetchingNextPage}>
              {t("state.more")}
            </Button>
          )}
        </section>
      )}
    </>
  );
}

function detailText(detail: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(detail);
  return text === "{}" ? "" : text.slice(0, 200);
}
