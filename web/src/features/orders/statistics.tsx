import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { WorkOrderStatistics } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { formatPercent } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";

/** How often the alarms behind closed orders were right, by detector and by rule. */
export function Statistics() {
  const t = useText();
  const word = useWord();
  const query = useQuery({ queryKey: keys.orderStatistics(), queryFn: read.orderStatistics });
  return (
    <QueryView query={query}>
      {(data) =>
        data.closed === 0 ? (
          <Empty title={t("statistics.none")} />
        ) : (
          <div className="column">
            <p className="muted">{t("statistics.lead")}</p>
            <div className="statistics">
              <Precision
                title={t("statistics.by_detector")}
                rows={data.by_detector}
                name={(each) => word("detector", each)}
              />
              <Precision
                title={t("statistics.by_rule")}
                rows={data.by_rule}
                name={(each) => each}
              />
              <Panel title={t("statistics.causes")}>
                <ul>
                  {data.causes.map(({ cause, count }) => (
                    <li key={cause} className="row spread">
                      <span>{word("fault", cause)}</span>
                      <b>{count}</b>
                    </li>
                  ))}
                </ul>
                {data.cause_agreement !== null && (
                  <p className="muted small">
                    {t("statistics.agreement", { share: formatPercent(data.cause_agreement) })}
                  </p>
                )}
              </Panel>
            </div>
          </div>
        )
      }
    </QueryView>
  );
}

function Precision(props: {
  title: string;
  rows: WorkOrderStatistics["by_detector"];
  name: (name: string) => string;
}) {
  const t = useText();
  return (
    <Panel title={props.title}>
      <table className="plain-table">
        <thead>
          <tr>
            {(["name", "right", "wrong", "unclear", "precision"] as const).map((column) => (
              <th key={column} scope="col">
                {t(`statistics.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.name}>
              <td>{props.name(row.name)}</td>
              <td>{row.right}</td>
              <td>{row.wrong}</td>
              <td>{row.unclear}</td>
              <td>
                <b>{row.precision === null ? "–" : formatPercent(row.precision)}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
