import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Progress } from "antd";
import { useState } from "react";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Baseline } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { formatNumber } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";

/** The life of the learned baseline: learning, provisional, active, stale. */
export function BaselinePanel(props: { deviceId: string }) {
  const { deviceId } = props;
  const t = useText();
  const baseline = useQuery({
    queryKey: keys.baseline(deviceId),
    queryFn: () => read.baseline(deviceId),
  });
  return (
    <Panel
      title={t("baseline.title")}
      extra={<BaselineActions deviceId={deviceId} phase={baseline.data?.phase ?? null} />}
    >
      <QueryView query={baseline} rows={3}>
        {(data) =>
          data.phase === null ? (
            <p className="muted">{t("baseline.none")}</p>
          ) : (
            <Life baseline={data} phase={data.phase} />
          )
        }
      </QueryView>
    </Panel>
  );
}

const phases = ["learning", "provisional", "active", "stale"] as const;

function Life(props: { baseline: Baseline; phase: (typeof phases)[number] }) {
  const { baseline, phase } = props;
  const t = useText();
  return (
    <div className="column">
      <ol className="phases">
        {phases.map((each) => (
          <li
            key={each}
            className={each === phase ? "phase-now" : ""}
            aria-current={each === phase ? "step" : undefined}
          >
            {t(`baseline.${each}`)}
          </li>
        ))}
      </ol>
      {phase === "learning" && baseline.learn_rows > 0 && (
        <Progress
          percent={Math.min(100, Math.floor((baseline.learned_rows / baseline.learn_rows) * 100))}
          size="small"
          strokeColor="var(--trace-2)"
          format={() => `${String(baseline.learned_rows)} / ${String(baseline.learn_rows)}`}
          aria-label={t("baseline.progress", {
            have: baseline.learned_rows,
            need: baseline.learn_rows,
          })}
        />
      )}
      <p className="muted small">{t(`baseline.note_${phase}`)}</p>
      <Levels baseline={baseline} />
    </div>
  );
}

function Levels(props: { baseline: Baseline }) {
  const t = useText();
  const word = useWord();
  const rows = Object.entries(props.baseline.metrics);
  if (rows.length === 0) return null;
  return (
    <table className="plain-table small">
      <thead>
        <tr>
          <th scope="col">{t("device.metric")}</th>
          <th scope="col">{t("baseline.healthy")}</th>
          <th scope="col">{t("baseline.reference")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([metric, level]) => (
          <tr key={metric}>
            <td>{word("metric", metric)}</td>
            <td>
              {formatNumber(level.mean)} ± {formatNumber(level.sd)}{" "}
              {level.unit === "1" ? "" : level.unit}
            </td>
            <td>
              {formatNumber(level.reference_mean)} {level.unit === "1" ? "" : level.unit}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function BaselineActions(props: { deviceId: string; phase: Baseline["phase"] }) {
  const { deviceId, phase } = props;
  const t = useText();
  const may = useMay();
  const write = useWrite();
  const client = useQueryClient();
  const [asking, setAsking] = useState<"accept" | "rebaseline" | null>(null);
  if (!may("engineer") || phase === null) return null;
  const accepting = asking === "accept";
  const run = async (reason: string): Promise<boolean> => {
    const ok = await write(
      () =>
        accepting ? change.acceptBaseline(deviceId, reason) : change.rebaseline(deviceId, reason),
      t("baseline.done"),
    );
    void client.invalidateQueries({ queryKey: keys.baseline(deviceId) });
    return ok;
  };
  return (
    <>
      {phase === "provisional" && (
        <Button size="small" type="primary" onClick={() => setAsking("accept")}>
          {t("baseline.accept")}
        </Button>
      )}
      <Button size="small" onClick={() => setAsking("rebaseline")}>
        {t("baseline.rebaseline")}
      </Button>
      <Ask
        open={asking !== null}
        title={t(accepting ? "baseline.accept_title" : "baseline.rebaseline_title", {
          device: deviceId,
        })}
        ok={t(accepting ? "baseline.accept" : "baseline.rebaseline").replace("…", "")}
        needsReason={!accepting}
        onClose={() => setAsking(null)}
        onOk={run}
      >
        {!accepting && <p className="muted">{t("baseline.rebaseline_note")}</p>}
      </Ask>
    </>
  );
}
