import { useEffect, useRef, useState } from "react";
import type { AgentStep, Answer } from "../../api/types.ts";
import { useBilingual, useText } from "../../i18n/text.ts";
import { formatTime } from "../number.ts";
import { Failed } from "../states.tsx";
import type { Exchanged } from "./use-conversation.ts";

/** A question, the steps taken for it, and its answer or why there is none. */
export function Exchange(props: { exchange: Exchanged; onRetry: () => void }) {
  const { question, steps, answer, error, stopped } = props.exchange;
  const t = useText();
  const running = answer === null && error === null && !stopped;
  const end = useRef<HTMLElement>(null);
  // What is new is looked at: the question when it is asked, then what became of it.
  useEffect(() => {
    if (running || answer !== null || error !== null) end.current?.scrollIntoView({ block: "end" });
  }, [running, answer, error]);
  return (
    <section className="ask-exchange" ref={end}>
      <p className="ask-question">{question}</p>
      {running && <p role="status">{t("question.working")}</p>}
      {answer === null && <Steps steps={steps} />}
      {stopped && <p className="muted">{t("question.stopped")}</p>}
      {error !== null && <Failed error={error} retry={props.onRetry} />}
      {answer !== null && <Told answer={answer} />}
    </section>
  );
}

function Steps(props: { steps: readonly AgentStep[] }) {
  const pick = useBilingual();
  if (props.steps.length === 0) return null;
  return (
    <ol className="ask-steps small">
      {props.steps.map((step) => (
        <li key={step.number}>
          <time className="muted" dateTime={step.at}>
            {formatTime(Date.parse(step.at))}
          </time>{" "}
          {pick(step.text)}
        </li>
      ))}
    </ol>
  );
}

function Told(props: { answer: Answer }) {
  const { answer } = props;
  const t = useText();
  const [cited, setCited] = useState<string | null>(null);
  const cite = { cited, onCite: setCited, evidence: answer.evidence };
  return (
    <div className={`ask-answer ask-${answer.outcome}`}>
      <OutcomeTag answer={answer} />
      {answer.outcome !== "answered" &&
        answer.text.split("\n").map((line) => (
          <p key={line}>
            <Cited text={line} {...cite} />
          </p>
        ))}
      <Sentences answer={answer} cite={cite} />
      <Evidence {...cite} />
      {answer.steps.length > 0 && (
        <details>
          <summary className="small">{t("question.steps", { count: answer.steps.length })}</summary>
          <Steps steps={answer.steps} />
        </details>
      )}
      {answer.outcome !== "refused" && <Cost answer={answer} />}
    </div>
  );
}

function OutcomeTag(props: { answer: Answer }) {
  const { outcome, reason } = props.answer;
  const t = useText();
  if (outcome === "answered") return null;
  return (
    <p className={outcome === "facts" ? "tag" : "tag tag-warn"}>
      {t(`question.${outcome}`, { reason: reason ?? "" })}
    </p>
  );
}

interface Cite {
  readonly cited: string | null;
  readonly onCite: (id: string | null) => void;
  readonly evidence: Answer["evidence"];
}

/** What was said, in its order; what does not hold is struck and says why. */
function Sentences(props: { answer: Answer; cite: Cite }) {
  const t = useText();
  const { sentences } = props.answer;
  if (sentences.length === 0) return null;
  return (
    <ul className="ask-sentences">
      {sentences.map(({ text, struck }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a model may repeat itself, its sentences never move
        <li key={index}>
          {struck === null ? (
            <Cited text={text} {...props.cite} />
          ) : (
            <>
              <s className="struck">{text}</s>{" "}
              <span className="small muted">{t("question.struck", { reason: struck })}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A text whose evidence numbers point to what they cite. */
function Cited(props: Cite & { text: string }) {
  const { evidence, cited, onCite } = props;
  const pick = useBilingual();
  return (
    <>
      {props.text.split(/(\[E\d{1,3}\])/).map((piece, index) => {
        const id = /^\[(E\d+)\]$/.exec(piece)?.[1];
        const found = evidence.find((each) => each.id === id);
        if (found === undefined) return piece;
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
            key={index}
            type="button"
            className={cited === found.id ? "ask-cite ask-cite-on" : "ask-cite"}
            title={pick(found.text)}
            aria-pressed={cited === found.id}
            onClick={() => onCite(cited === found.id ? null : found.id)}
          >
            {found.id}
          </button>
        );
      })}
    </>
  );
}

function Evidence(props: Cite) {
  const { evidence, cited } = props;
  const t = useText();
  const pick = useBilingual();
  if (evidence.length === 0) return null;
  return (
    <details open={cited !== null || evidence.length <= 4}>
      <summary className="small">{t("question.evidence", { count: evidence.length })}</summary>
      <ol className="ask-evidence small">
        {evidence.map(({ id, text, query }) => (
          <li key={id} className={cited === id ? "ask-on" : ""}>
            <b>{id}</b> {pick(text)} <span className="mono muted">{query}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Cost(props: { answer: Answer }) {
  const { grounding, tool_calls, llm_model, tokens_used, latency_ms } = props.answer;
  const t = useText();
  return (
    <p className="small muted">
      {t("question.cost", {
        numbers: grounding.checked_numbers,
        struck: grounding.violations.length,
        calls: tool_calls,
        model: llm_model ?? t("question.no_model"),
        tokens: tokens_used,
        seconds: (latency_ms / 1_000).toFixed(1),
      })}
    </p>
  );
}
