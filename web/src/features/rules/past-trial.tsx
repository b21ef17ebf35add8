import { useMutation } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useState } from "react";
import { DAY } from "../../../../src/model/basics.ts";
import { change } from "../../api/endpoints.ts";
import type { Backtest, Rule } from "../../api/types.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { formatSpan } from "../../ui/number.ts";
import { SeverityMark } from "../../ui/severity-mark.tsx";
import { Failed } from "../../ui/states.tsx";

type Trial = Pick<Rule, "text" | "severity" | "condition" | "scope" | "modes" | "enabled">;
type PastAlarm = Backtest["gained"][number];

const spans = [1, 7, 30] as const;

/** The rule as it is written now over the past: nothing is stored, nobody is told. */
export function PastTrial(props: { ruleId: string; trial: Trial; ready: boolean }) {
  const t = useText();
  const [days, setDays] = useState<number>(7);
  const run = useMutation({
    mutationFn: () => {
      const { text, severity, condition, scope, modes, enabled } = props.trial;
      const to = Date.now();
      const trial = { text, severity, condition, scope, modes, enabled };
      return change.backtestRule(props.ruleId, { from: to - days * DAY, to, change: trial });
    },
  });
  return (
    <section className="rule-past" aria-label={t("past.title")}>
      <h3>{t("past.title")}</h3>
      <p className="muted small">{t("past.lead")}</p>
      <div className="row">
        <Segmented
          value={days}
          onChange={setDays}
          options={spans.map((value) => ({ value, label: t("past.days", { days: value }) }))}
        />
        <Button loading={run.isPending} disabled={!props.ready} onClick={() => run.mutate()}>
          {t("past.run")}
        </Button>
      </div>
      <div role="status">
        {run.isPending && <p className="muted small">{t("past.running")}</p>}
        {run.isError && <Failed error={run.error} retry={() => run.mutate()} />}
        {run.isSuccess && <Outcome result={run.data} />}
      </div>
    </section>
  );
}

function Outcome({ result }: { result: Backtest }) {
  const t = useText();
  const { gained, lost, kept, judged, devices } = result;
  const readings = devices.reduce((sum, device) => sum + device.readings, 0);
  if (readings === 0) return <p className="muted">{t("past.nothing")}</p>;
  const moved = kept.filter((pair) => pair.delay_ms !== 0);
  return (
    <div className="column">
      <p>
        {t("past.counts", { gained: gained.length, lost: lost.length, kept: kept.length })}{" "}
        <span className="muted small">
          {t("past.read", { devices: devices.length, readings })}
          {!result.complete && ` · ${t("past.incomplete")}`}
        </span>
      </p>
      <ul className="rule-past-list">
        {gained.map((alarm) => (
          <Line key={keyOf("gained", alarm)} sign="+" word={t("past.gained")} alarm={alarm} />
        ))}
        {lost.map((alarm) => (
          <Line key={keyOf("lost", alarm)} sign="−" word={t("past.lost")} alarm={alarm} />
        ))}
        {moved.map(({ after, delay_ms: delay }) => (
          <Moved key={keyOf("kept", after)} alarm={after} delay={delay} />
        ))}
      </ul>
      {judged.length > 0 && <Judged judged={judged} />}
    </div>
  );
}

const keyOf = (group: string, alarm: PastAlarm): string =>
  `${group} ${alarm.device_id} ${alarm.opened_at}`;

function Line(props: { sign: string; word: string; alarm: PastAlarm }) {
  const { sign, alarm } = props;
  const word = useWord();
  return (
    <li>
      <b aria-hidden="true">{sign}</b> <SeverityMark severity={alarm.severity} /> {alarm.device_id}{" "}
      · {word("condition", alarm.condition)} · <Instant at={alarm.opened_at} />{" "}
      <span className="muted small">{props.word}</span>
    </li>
  );
}

function Moved({ alarm, delay }: { alarm: PastAlarm; delay: number }) {
  const t = useText();
  const language = useLanguage();
  const span = formatSpan(Math.abs(delay), language);
  return (
    <Line
      sign={delay > 0 ? "→" : "←"}
      word={t(delay > 0 ? "past.later" : "past.earlier", { span })}
      alarm={alarm}
    />
  );
}

/** What people said of real alarms, and whether the rule would still tell them. */
function Judged({ judged }: { judged: Backtest["judged"] }) {
  const t = useText();
  const told = (verdict: string, when: "told_before" | "told_after"): number =>
    judged.filter((one) => one.alarm === verdict && one[when]).length;
  return (
    <p className="small">
      {t("past.judged", {
        right: told("right", "told_after"),
        right_before: told("right", "told_before"),
        wrong: told("wrong", "told_after"),
        wrong_before: told("wrong", "told_before"),
      })}
    </p>
  );
}
