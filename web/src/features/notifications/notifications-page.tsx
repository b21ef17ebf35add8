import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import { useText } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";

const filter = { limit: 200 };
const columns = ["created", "target", "alarm", "state", "attempts", "delivered", "error"] as const;

/** The delivery journal: what went to whom, what waits, and why. */
export function NotificationsPage() {
  const t = useText();
  const rows = useQuery({
    queryKey: keys.deliveries(filter),
    queryFn: () => read.deliveries(filter),
    refetchInterval: 30_000,
  });
  return (
    <>
      <PageHead title={t("deliveries.title")} note={t("deliveries.lead")} />
      <QueryView query={rows}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("deliveries.empty")}>
              <p className="muted">{t("deliveries.empty_more")}</p>
            </Empty>
          ) : (
            <div className="panel panel-body table-scroll">
              <table className="plain-table">
                <thead>
                  <tr>
                    {columns.map((name) => (
                      <th key={name} scope="col">
                        {t(`deliveries.${name}`)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((row) => (
                    <tr key={row.delivery_id}>
                      <td>
                        <Instant at={row.created_at} />
                      </td>
                      <td>{row.target}</td>
                      <td>
                        {row.trace_id === null ? (
                          "–"
                        ) : (
                          <Link to={`/alarms/${row.trace_id}`}>{row.trace_id}</Link>
                        )}
                      </td>
                      <td>
                        <span className={row.state === "DELIVERED" ? "tag" : "tag tag-warn"}>
                          {t(`deliveries.state_${row.state}`)}
                        </span>
                      </td>
                      <td>{row.attempts}</td>
                      <td>
                        <Instant at={row.delivered_at} />
                      </td>
                      <td className="small">{row.last_error ?? "–"}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </QueryView>
    </>
  );
}
