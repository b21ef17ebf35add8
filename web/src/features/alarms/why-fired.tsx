import type { AlarmCondition, Alert, Explanation } from "../../api/types.ts";
import { useLanguage, useText, useWord } from "../../i18n/text.ts";
import { formatNumber, formatPercent, formatSpan } from "../../ui/number.ts";
import { Panel } from "../../ui/panel.tsx";

/** Why did this fire: every condition with its clauses and the values they were evaluated with. */
export function WhyFired(props: { alert: Alert }) {
  const t = useText();
  return (
    <Panel title={t("why.title")}>
      <div className="column">
        {props.alert.conditions.map((condition) => (
          <Condition key={`${condition.condition}-${condition.since}`} condition={condition} />
        ))}
      </div>
    </Panel>
  );
}

function Condition(props: { condition: AlarmCondition }) {
  const { condition } = props;
  const t = useText();
  const word = useWord();
  return (
    <div>
      <h3>
        {word("condition", condition.condition)}{" "}
        <span className="muted">
          {word("detector", condition.detector)}
          {condition.rule_id !== null &&
            ` · ${condition.rule_id} v${String(condition.rule_version ?? 1)}`}
          {condition.margin !== null &&
            ` · ${t("margin.label", { share: formatPercent(condition.margin) })}`}
          {!condition.active && ` · ${t("why.ended")}`}
        </span>
      </h3>
      {condition.explanation === null ? (
        <p className="muted small">{t("why.none")}</p>
      ) : (
        <ul className="why">
          <Clause node={condition.explanation} />
        </ul>
      )}
    </div>
  );
}

function Clause(props: { node: Explanation }) {
  const { node } = props;
  const t = useText();
  const language = useLanguage();
  const unit = node.unit === null || node.unit === "1" ? "" : ` ${node.unit}`;
  const holds = node.holds === null ? "?" : node.holds ? "✓" : "✗";
  const { progress } = node;
  return (
    <li>
      <span
        className={node.holds === true ? "why-holds" : "muted"}
        title={t(node.holds === true ? "why.holds" : "why.holds_not")}
      >
        {holds}
      </span>{" "}
      <code className="mono">{node.clause}</code>
      {node.value !== null && (
        <span>
          {" "}
          {formatNumber(node.value)}
          {unit}
          {node.limit !== null && (
            <span className="muted">
              {" "}
              / {formatNumber(node.limit)}
              {unit}
            </span>
          )}
        </span>
      )}
      {progress !== null && (
        <span className="muted small">
          {" "}
          {progress.unit === "ms"
            ? `${formatSpan(progress.have, language)} / ${formatSpan(progress.need, language)}`
            : t("why.samples", { have: progress.have, need: progress.need })}
        </span>
      )}
      {node.children.length > 0 && (
        <ul className="why">
          {node.children.map((child, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: clauses stand in the rule's own order
            <Clause key={i} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}
