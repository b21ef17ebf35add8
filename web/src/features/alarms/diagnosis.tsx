import type { UseQueryResult } from "@tanstack/react-query";
import type { Alert, Report } from "../../api/types.ts";
import { useBilingual, useLanguage, useText, useWord } from "../../i18n/text.ts";
import { formatPercent, formatSpan } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Course, ForReview, RunningSteps } from "./course.tsx";
import { Cited, EvidenceLedger } from "./evidence.tsx";
import { Hypotheses } from "./hypotheses.tsx";

interface DiagnosisProps {
  readonly alert: Alert;
  readonly report: UseQueryResult<Report>;
  readonly cited: string | null;
  readonly onCite: (id: string | null) => void;
}

/** The report with its source, its grounding and its evidence; waiting and ignoring are said in words. */
export function Diagnosis(props: DiagnosisProps) {
  const { alert, report } = props;
  const t = useText();
  if (alert.status === "IGNORED") {
    return (
      <Panel title={t("diagnosis.title")}>
        <p className="muted">{t("diagnosis.ignored")}</p>
      </Panel>
    );
  }
  if (alert.status !== "COMPLETED" && report.data === undefined) {
    return (
      <Panel title={t("diagnosis.title")}>
        <p role="status">
          {t(alert.status === "DIAGNOSING" ? "diagnosis.running" : "diagnosis.pending")}
        </p>
        <RunningSteps traceId={alert.trace_id} />
        {alert.last_error !== null && (
          <p className="muted">
            {t("diagnosis.last_error", { error: alert.last_error, attempts: alert.attempts })}
          </p>
        )}
      </Panel>
    );
  }
  return (
    <QueryView query={report}>
      {(data) => (
        <Told
          report={data}
          cited={props.cited}
          onCite={props.onCite}
          stale={alert.reported_severity !== null && alert.reported_severity !== alert.severity}
        />
      )}
    </QueryView>
  );
}

function Told(props: {
  report: Report;
  cited: string | null;
  onCite: (id: string | null) => void;
  stale: boolean;
}) {
  const { report, cited, onCite } = props;
  const t = useText();
  const language = useLanguage();
  const word = useWord();
  const texts = report.i18n[language];
  const cite = { evidence: report.evidence, cited, onCite };
  return (
    <Panel title={t("diagnosis.title")} extra={<Origin report={report} />}>
      <div className="column">
        {props.stale && <p className="tag tag-warn">{t("diagnosis.older_severity")}</p>}
        <ForReview report={report} />
        {report.degraded && report.degraded_reason !== null && (
          <p className="muted">{t("diagnosis.degraded", { reason: report.degraded_reason })}</p>
        )}
        <p className="story-verdict">
          <b>{word("fault", report.fault_category)}</b>
          <span className="muted">
            {t("diagnosis.confidence", { share: formatPercent(report.confidence) })}
          </span>
        </p>
        <p>
          <Cited text={texts.diagnosis_text} {...cite} />
        </p>
        <Struck report={report} />
        <Hypotheses report={report} cited={cited} onCite={onCite} />
        <h3>{t("diagnosis.action")}</h3>
        <p>
          <Cited text={texts.recommended_action} {...cite} />
        </p>
        <Plan report={report} />
        {texts.decision_text !== "" && (
          <p className="muted">
            <Cited text={texts.decision_text} {...cite} />
          </p>
        )}
        <Course report={report} cited={cited} onCite={onCite} />
        <EvidenceLedger {...cite} />
      </div>
    </Panel>
  );
}

/** What to do about the likeliest cause, step by step. */
function Plan(props: { report: Report }) {
  const { plan } = props.report;
  const t = useText();
  const pick = useBilingual();
  if (plan.steps.length === 0) return null;
  return (
    <details>
      <summary>{t("diagnosis.plan", { count: plan.steps.length })}</summary>
      <ol className="plan">
        {plan.steps.map((step) => (
          <li key={step.en}>{pick(step)}</li>
        ))}
      </ol>
      <p className="muted small">
        {plan.parts.join(", ")}
        {plan.estimated_hours !== null &&
          ` · ${t("order.estimated")} ${String(plan.estimated_hours)} h`}
      </p>
    </details>
  );
}

function Origin(props: { report: Report }) {
  const { report } = props;
  const t = useText();
  const language = useLanguage();
  const source =
    report.source === "llm"
      ? (report.llm_model ?? t("diagnosis.source_llm"))
      : t("diagnosis.source_rules");
  const struck = report.grounding.violations.length;
  return (
    <span className="small muted">
      {t("diagnosis.origin", {
        source,
        latency:
          report.latency_ms < 1000
            ? `${String(Math.round(report.latency_ms))}\u2009ms`
            : formatSpan(report.latency_ms, language),
        checked:
          report.grounding.checked_numbers - struck < 0 ? 0 : report.grounding.checked_numbers,
      })}
      {report.revision > 1 && ` · ${t("diagnosis.revision", { revision: report.revision })}`}
    </span>
  );
}

/** Sentences the checker could not prove are shown struck, with the reason. */
function Struck(props: { report: Report }) {
  const { violations } = props.report.grounding;
  const t = useText();
  if (violations.length === 0) return null;
  return (
    <ul className="column">
      {violations.map((violation) => (
        <li key={violation.text}>
          <s className="struck">{violation.text}</s>{" "}
          <span className="small muted">{t("diagnosis.struck", { reason: violation.reason })}</span>
        </li>
      ))}
    </ul>
  );
}
