import { useQuery } from "@tanstack/react-query";
import { keys } from "../../api/keys.ts";
import type { AgentStep, Report } from "../../api/types.ts";
import { useBilingual, useText, useWord } from "../../i18n/text.ts";
import { formatTime } from "../../ui/number.ts";
import { Cited, EvidenceNumber } from "./evidence.tsx";

interface CourseProps {
  readonly report: Report;
  readonly cited: string | null;
  readonly onCite: (id: string | null) => void;
}

/** The steps of a diagnosis that is running, as the stream tells them; nothing before the first one came. */
export function RunningSteps(props: { traceId: string }) {
  const steps = useQuery<readonly AgentStep[]>({
    queryKey: keys.steps(props.traceId),
    queryFn: () => [],
    // Only the stream writes here: what a page missed before it was opened comes with the report.
    enabled: false,
  });
  if (steps.data === undefined || steps.data.length === 0) return null;
  return (
    <div aria-live="polite">
      <Steps steps={steps.data} />
    </div>
  );
}

function Steps(props: {
  steps: readonly AgentStep[];
  cite?: Omit<CourseProps, "report"> & { readonly evidence: Report["evidence"] };
}) {
  const pick = useBilingual();
  const { steps, cite } = props;
  return (
    <ol className="course">
      {steps.map((step) => (
        <li key={step.number} className={`course-${step.kind}`}>
          <time className="small muted" dateTime={step.at}>
            {formatTime(Date.parse(step.at))}
          </time>
          <span>
            {pick(step.text)}
            {cite !== undefined && step.kind === "tool" && (
              <span className="small">
                {" "}
                {step.evidence.map((id) => (
                  <EvidenceNumber key={id} id={id} {...cite} />
                ))}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** How a report came about: why it needs a look, what was asked and concluded, what came late. */
export function Course(props: CourseProps) {
  const { report, cited, onCite } = props;
  const t = useText();
  const { agent } = report;
  if (agent === null) return null;
  const cite = { evidence: report.evidence, cited, onCite };
  return (
    <>
      {agent.addenda.map((addendum) => (
        <Late key={addendum.at} addendum={addendum} {...props} />
      ))}
      {agent.steps.length > 0 && (
        <details>
          <summary>{t("course.title", { count: agent.steps.length })}</summary>
          <Steps steps={agent.steps} cite={cite} />
          <Proposal report={report} />
        </details>
      )}
    </>
  );
}

/** Why a person should look before trusting the report; nothing where nothing asks for it. */
export function ForReview(props: { report: Report }) {
  const t = useText();
  const review = props.report.agent?.review ?? [];
  if (review.length === 0) return null;
  return (
    <p className="tag tag-warn">
      {t("course.review")}
      {": "}
      {review.map((reason) => t(`course.review_${reason}`)).join("; ")}
    </p>
  );
}

function Proposal(props: { report: Report }) {
  const t = useText();
  const intent = props.report.agent?.intent ?? null;
  if (intent === null) return null;
  return (
    <p className="small muted">
      {t("course.intent", {
        type: t(`order_type.${intent.order_type}`),
        priority: intent.priority,
      })}
    </p>
  );
}

/** A finding that came after the report had left: beside it, never in its place. */
function Late(props: CourseProps & { addendum: NonNullable<Report["agent"]>["addenda"][number] }) {
  const { addendum, report, cited, onCite } = props;
  const t = useText();
  const word = useWord();
  const pick = useBilingual();
  const evidence = [...report.evidence, ...addendum.evidence];
  return (
    <section className="addendum">
      <h3>{t("course.addendum", { time: formatTime(Date.parse(addendum.at)) })}</h3>
      <p className="small muted">
        {word("fault", addendum.fault_category)}
        {" · "}
        {t(addendum.agrees ? "course.agrees" : "course.differs")}
        {" · "}
        {addendum.llm_model}
      </p>
      <p>
        <Cited text={pick(addendum.text)} evidence={evidence} cited={cited} onCite={onCite} />
      </p>
    </section>
  );
}
