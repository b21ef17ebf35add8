import type { Hypothesis, Report } from "../../api/types.ts";
import { useBilingual, useText } from "../../i18n/text.ts";
import { EvidenceNumber } from "./evidence.tsx";

interface HypothesesProps {
  readonly report: Report;
  readonly cited: string | null;
  readonly onCite: (id: string | null) => void;
}

/** The likeliest cause with what speaks for and against it; the others follow, each open to the same questions. */
export function Hypotheses(props: HypothesesProps) {
  const t = useText();
  const pick = useBilingual();
  const [first, ...others] = props.report.hypotheses;
  if (first === undefined) return <p className="muted">{t("hypothesis.none")}</p>;
  return (
    <div className="column">
      <div className="hypothesis hypothesis-first">
        <Title hypothesis={first} lead={t("hypothesis.likely")} />
        <Reasons hypothesis={first} {...props} />
        {first.next_check !== null && (
          <p className="next-check">
            <b>{t("hypothesis.next_check")}</b> {pick(first.next_check)}
          </p>
        )}
      </div>
      {others.map((hypothesis) => (
        <details key={`${hypothesis.category}-${hypothesis.title.en}`} className="hypothesis">
          <summary>
            <Title hypothesis={hypothesis} lead={t("hypothesis.also")} />
          </summary>
          <Reasons hypothesis={hypothesis} {...props} />
        </details>
      ))}
    </div>
  );
}

function Title(props: { hypothesis: Hypothesis; lead: string }) {
  const { hypothesis, lead } = props;
  const pick = useBilingual();
  return (
    <span className="hypothesis-title">
      <span className="muted">{lead}</span>
      <b className="grow">{pick(hypothesis.title)}</b>
      <span className="score-bar" aria-hidden="true">
        <span style={{ width: `${String(Math.round(hypothesis.score * 100))}%` }} />
      </span>
      <span>{hypothesis.score.toFixed(2)}</span>
    </span>
  );
}

function Reasons(props: HypothesesProps & { hypothesis: Hypothesis }) {
  const { hypothesis, report, cited, onCite } = props;
  const t = useText();
  const pick = useBilingual();
  const cite = { evidence: report.evidence, cited, onCite };
  const list = (name: string, reasons: Hypothesis["for"]) => (
    <>
      <dt>{name}</dt>
      <dd>
        {reasons.length === 0 && "–"}
        {reasons.map((reason) => (
          <div key={reason.evidence + reason.text.en}>
            <EvidenceNumber id={reason.evidence} {...cite} /> {pick(reason.text)}
          </div>
        ))}
      </dd>
    </>
  );
  return (
    <dl className="reasons">
      {list(t("hypothesis.for"), hypothesis.for)}
      {list(t("hypothesis.against"), hypothesis.against)}
      <dt>{t("hypothesis.missing")}</dt>
      <dd>{hypothesis.missing.length === 0 ? "–" : hypothesis.missing.map(pick).join("; ")}</dd>
    </dl>
  );
}
