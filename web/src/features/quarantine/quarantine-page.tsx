import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Quarantined } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { useWrite } from "../../ui/ask.tsx";
import { PageHead } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { textOfRaw } from "./raw-text.ts";

const filter = { limit: 200 };

/** What was refused, with its raw bytes and the reason; it can be sent again. */
export function QuarantinePage() {
  const t = useText();
  const rows = useQuery({
    queryKey: keys.quarantine(filter),
    queryFn: () => read.quarantine(filter),
  });
  return (
    <>
      <PageHead title={t("quarantine.title")} note={t("quarantine.lead")} />
      <QueryView query={rows}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("quarantine.empty")} />
          ) : (
            <div className="panel panel-body table-scroll">
              <table className="plain-table">
                <thead>
                  <tr>
                    {(["at", "code", "device", "detail", "count"] as const).map((name) => (
                      <th key={name} scope="col">
                        {t(`quarantine.${name}`)}
                      </th>
                    ))}
                    <th scope="col">
                      <span className="only-read">{t("quarantine.replay")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((row) => (
                    <Row key={row.quarantine_id} row={row} />
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

function Row(props: { row: Quarantined }) {
  const { row } = props;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const replay = async (): Promise<void> => {
    await write(() => change.replayQuarantined(row.quarantine_id), t("quarantine.replay_done"));
    await client.invalidateQueries({ queryKey: ["quarantine"] });
  };
  return (
    <tr>
      <td>
        <Instant at={row.at} />
        <div className="muted small">{row.source}</div>
      </td>
      <td className="mono">{row.code}</td>
      <td>
        {row.device_id === null ? (
          "–"
        ) : (
          <Link to={`/devices/${encodeURIComponent(row.device_id)}`}>{row.device_id}</Link>
        )}
      </td>
      <td>
        {row.detail}
        <details>
          <summary className="muted small">{t("quarantine.raw")}</summary>
          <pre className="mono raw">{textOfRaw(row.raw)}</pre>
        </details>
      </td>
      <td>{row.count}</td>
      <td>
        {row.replayed_at !== null ? (
          <span className="muted small">{t("quarantine.replayed")}</span>
        ) : (
          may("engineer") && (
            <Button size="small" onClick={() => void replay()}>
              {t("quarantine.replay")}
            </Button>
          )
        )}
      </td>
    </tr>
  );
}
