import type { Clock } from "../../../kernel/clock.ts";
import type {
  AgentStep,
  AgentStepKind,
  BilingualText,
  FaultCategory,
} from "../../../model/diagnosis.ts";
import { faultName } from "../fault-names.ts";
import type { ToolOutcome } from "./run-tool.ts";

/** What may happen in a diagnosis, with what belongs to it. */
export type StepEvent =
  /** Nothing to tell. */
  | { readonly kind: null }
  | { readonly kind: "evidence"; readonly evidence: readonly string[]; readonly missing: number }
  | { readonly kind: "rules" | "answered"; readonly category: FaultCategory }
  | { readonly kind: "asked" }
  | { readonly kind: "tool" | "refused"; readonly outcome: ToolOutcome }
  | { readonly kind: "repair"; readonly count: number }
  | { readonly kind: "checked"; readonly numbers: number; readonly struck: number }
  | { readonly kind: "decided"; readonly order: BilingualText }
  | { readonly kind: "fallback"; readonly reason: string };

/** The steps of one diagnosis: kept with its report, and told to those who are looking while it runs. */
export interface StepRecorder {
  add(event: StepEvent): void;
  all(): readonly AgentStep[];
}

/** More steps than a bounded loop can make. */
const STEPS_MAX = 60;

/** `onStep` must not throw and must not wait. */
export function recordSteps(clock: Clock, onStep: (step: AgentStep) => void): StepRecorder {
  const steps: AgentStep[] = [];
  return {
    add: (event) => {
      if (event.kind === null || steps.length >= STEPS_MAX) return;
      const step = {
        number: steps.length + 1,
        at: clock.now(),
        kind: event.kind satisfies AgentStepKind,
        text: textOf(event),
        evidence: evidenceOf(event),
      };
      steps.push(step);
      onStep(step);
    },
    all: () => [...steps],
  };
}

function evidenceOf(event: StepEvent): readonly string[] {
  if (event.kind === "evidence") return event.evidence;
  if (event.kind === "tool") return event.outcome.evidence.map(({ id }) => id);
  return [];
}

function textOf(event: Exclude<StepEvent, { readonly kind: null }>): BilingualText {
  switch (event.kind) {
    case "evidence":
      return {
        zh: `取得 ${event.evidence.length} 条证据${event.missing > 0 ? `，${event.missing} 个来源未答复` : ""}`,
        en: `Gathered ${event.evidence.length} facts${event.missing > 0 ? `; ${event.missing} sources did not answer` : ""}`,
      };
    case "rules": {
      const name = faultName(event.category);
      return { zh: `规则结论：${name.zh}`, en: `The rules conclude: ${name.en}` };
    }
    case "asked":
      return { zh: "已将证据交给语言模型", en: "Handed the facts to the language model" };
    case "tool":
      return toolText(event.outcome);
    case "refused":
      return {
        zh: `拒绝了一次工具调用${event.outcome.tool === null ? "" : `（${event.outcome.tool}）`}`,
        en: `Refused a call of a tool${event.outcome.tool === null ? "" : ` (${event.outcome.tool})`}`,
      };
    case "answered": {
      const name = faultName(event.category);
      return { zh: `语言模型认为：${name.zh}`, en: `The language model concludes: ${name.en}` };
    }
    case "repair":
      return {
        zh: `${event.count} 处与证据不符，已请求更正`,
        en: `${event.count} points do not hold; asked for a correction`,
      };
    case "checked":
      return {
        zh: `核对 ${event.numbers} 个数字，删去 ${event.struck} 句`,
        en: `Checked ${event.numbers} numbers, struck ${event.struck} sentences`,
      };
    case "decided":
      return event.order;
    case "fallback":
      return {
        zh: `采用规则报告（${event.reason}）`,
        en: `The rule report stands (${event.reason})`,
      };
  }
}

const questions: Readonly<Record<string, BilingualText>> = {
  query_device_status: { zh: "查询设备状态", en: "Asked for the device's status" },
  fetch_telemetry_data: { zh: "查询历史读数", en: "Asked for telemetry" },
  search_maintenance_kb: { zh: "查询维修知识库", en: "Searched the knowledge base" },
  get_alert_history: { zh: "查询报警历史", en: "Asked for the alarm history" },
  get_work_orders: { zh: "查询工单", en: "Asked for work orders" },
};

/** Only arguments that passed their check and are ids or numbers are named. */
function toolText({ tool, args, evidence }: ToolOutcome): BilingualText {
  const asked = questions[tool ?? ""] ?? { zh: "查询", en: "Asked" };
  const about = [args["device_id"], args["window_mins"], args["days"]]
    .filter((value) => value !== undefined)
    .join(", ");
  return {
    zh: `${asked.zh}${about === "" ? "" : `（${about}）`}：${evidence.length} 条证据`,
    en: `${asked.en}${about === "" ? "" : ` (${about})`}: ${evidence.length} facts`,
  };
}
