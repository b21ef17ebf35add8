import { useMemo } from "react";
import type { Evidence } from "../../api/types.ts";
import { useBilingual, useText, useWord } from "../../i18n/text.ts";
import { formatNumber, formatTime } from "../../ui/number.ts";
import { piecesOf } from "./citations.ts";

interface CiteProps {
  readonly evidence: readonly Evidence[];
  readonly cited: string | null;
  readonly onCite: (id: string | null) => void;
}

/** A text whose evidence numbers highlight what they cite, on hover and on focus. */
export function Cited(props: CiteProps & { text: string }) {
  const known = useMemo(() => new Set(props.evidence.map((each) => each.id)), [props.evidence]);
  return (
    <>
      {piecesOf(props.text, known).map((piece, i) =>
        piece.kind === "text" ? (
          piece.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
          <EvidenceNumber key={i} id={piece.id} {...props} />
        ),
      )}
    </>
  );
}

export function EvidenceNumber(props: CiteProps & { id: string }) {
  const { id, evidence, cited, onCite } = props;
  const pick = useBilingual();
  const found = evidence.find((each) => each.id === id);
  return (
    <button
      type="button"
      className={cited === id ? "cite cite-on" : "cite"}
      title={found === undefined ? id : pick(found.text)}
      onMouseEnter={() => onCite(id)}
      onMouseLeave={() => onCite(null)}
      onFocus={() => onCite(id)}
      onBlur={() => onCite(null)}
      onClick={() => onCite(cited === id ? null : id)}
    >
      {id}
    </button>
  );
}

/** All evidence with value, unit, window and how it was obtained. */
export function EvidenceLedger(props: CiteProps) {
  const t = useText();
  const pick = useBilingual();
  return (
    <details className="ledger" open={props.evidence.length <= 6}>
      <summary>{t("evidence.title", { count: props.evidence.length })}</summary>
      <ol>
        {props.evidence.map((each) => (
          <li key={each.id} className={props.cited === each.id ? "ledger-on" : ""}>
            <EvidenceNumber {...props} id={each.id} />
            <div className="grow">
              <p>{pick(each.text)}</p>
              <EvidenceFacts evidence={each} />
            </div>
          </li>
        ))}
      </ol>
    </details>
  );
}

function EvidenceFacts(props: { evidence: Evidence }) {
  const { evidence } = props;
  const word = useWord();
  const unit = evidence.unit === null || evidence.unit === "1" ? "" : ` ${evidence.unit}`;
  const values = Object.entries(evidence.value)
    .map(([name, value]) =>
      typeof value === "number"
        ? `${name} ${formatNumber(value)}${unit}`
        : `${name} ${String(value)}`,
    )
    .join(" · ");
  const window =
    evidence.window === null
      ? ""
      : `${formatTime(Date.parse(evidence.window.from))}–${formatTime(Date.parse(evidence.window.to))}`;
  return (
    <p className="small muted">
      {[evidence.metric === null ? "" : word("metric", evidence.metric), values, window]
        .filter((part) => part !== "")
        .join(" · ")}
      <br />
      <span className="mono">{evidence.query}</span>
    </p>
  );
}
