import type { Alert, Report, WorkOrder } from "../src/api/types.ts";
import { ago, iso, MIN } from "./fixture-data.ts";

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one literal, easier to read whole
export function makeReport(alert: Alert): Report {
  const opened = Date.parse(alert.opened_at);
  const en = {
    diagnosis_text:
      "Vibration rose from 0.222 g to 0.523 g within 55 s (E1), 93 % of the deviation (E2). Flow and current stayed level (E3, E4), so the machine, not the process, has changed.",
    decision_text: "EMERGENCY order proposed: P0, criticality A.",
    recommended_action:
      "Reduce load, then balance the rotor in place; check the coupling bolts first (E5).",
  };
  const zh = {
    diagnosis_text:
      "振动在 55 秒内由 0.222 g 升到 0.523 g（E1），占偏离的 93 %（E2）。流量与电流没有变化（E3、E4），说明变化来自设备本身而不是工艺。",
    decision_text: "已提出抢修工单：P0，重要度 A。",
    recommended_action: "先降负荷，再现场做动平衡；先检查联轴器螺栓（E5）。",
  };
  const window = { from: iso(opened - 55_000), to: iso(opened + 5_000) };
  const fact = (
    id: string,
    kind: string,
    metric: string | null,
    unit: string | null,
    value: Record<string, number>,
    texts: [string, string],
  ) => ({
    id,
    kind,
    metric,
    unit,
    value,
    window,
    query: `window(${alert.device_id}, ${metric ?? "*"}, 60 s)`,
    text: { zh: texts[0], en: texts[1] },
  });
  return {
    trace_id: alert.trace_id,
    device_id: alert.device_id,
    ...en,
    i18n: { zh, en },
    fault_category: "imbalance",
    severity: "CRITICAL",
    hypotheses: [
      {
        category: "imbalance",
        title: { zh: "转子不平衡", en: "rotor imbalance" },
        score: 0.74,
        for: [
          {
            evidence: "E1",
            text: {
              zh: "振动 55 秒内升到健康水平的 2.4 倍",
              en: "vibration 2.4 × healthy in 55 s",
            },
          },
          {
            evidence: "E2",
            text: { zh: "偏离几乎全部来自振动", en: "almost all of the deviation is vibration" },
          },
        ],
        against: [],
        missing: [
          { zh: "相位", en: "phase" },
          { zh: "上次动平衡记录", en: "last balancing" },
        ],
        next_check: {
          zh: "停机后手盘转子，看叶轮有无积垢（10 分钟）",
          en: "Turn the rotor by hand when stopped and look for deposits on the impeller (10 min)",
        },
        kb_ids: ["kb_imbalance"],
      },
      {
        category: "bearing",
        title: { zh: "轴承磨损", en: "bearing wear" },
        score: 0.31,
        for: [{ evidence: "E1", text: { zh: "振动上升", en: "vibration rises" } }],
        against: [{ evidence: "E5", text: { zh: "温度没有变化", en: "temperature did not move" } }],
        missing: [{ zh: "包络谱", en: "envelope spectrum" }],
        next_check: { zh: "听针检查轴承座", en: "Listen at the bearing housing" },
        kb_ids: [],
      },
      {
        category: "seal",
        title: { zh: "密封泄漏", en: "seal leak" },
        score: 0.08,
        for: [],
        against: [{ evidence: "E3", text: { zh: "流量没有变化", en: "flow unchanged" } }],
        missing: [],
        next_check: null,
        kb_ids: [],
      },
    ],
    evidence: [
      fact("E1", "metric_change", "vibration", "g", { before: 0.222, now: 0.523, seconds: 55 }, [
        "振动 55 秒内从 0.222 g 升到 0.523 g",
        "vibration 0.222 g → 0.523 g in 55 s",
      ]),
      fact("E2", "contribution", "vibration", "1", { share: 0.93 }, [
        "振动占偏离的 93 %",
        "vibration is 93 % of the deviation",
      ]),
      fact("E3", "metric_steady", "flow", "L/min", { mean: 32.1 }, [
        "流量平稳在 32.1 L/min",
        "flow steady at 32.1 L/min",
      ]),
      fact("E4", "metric_steady", "current", "A", { mean: 15.8 }, [
        "电流平稳在 15.8 A",
        "current steady at 15.8 A",
      ]),
      fact("E5", "metric_steady", "temperature", "°C", { mean: 45.2 }, [
        "温度平稳在 45.2 °C",
        "temperature steady at 45.2 °C",
      ]),
    ],
    grounding: {
      checked_numbers: 9,
      violations:
        alert.trace_id === "tr_0000"
          ? [{ text: "The coupling was replaced 12 days ago.", reason: "12 d is in no evidence" }]
          : [],
    },
    plan: {
      steps: [
        { zh: "停机、上锁挂牌", en: "Stop, lock out, tag out" },
        { zh: "清理叶轮并做动平衡", en: "Clean the impeller and balance it" },
      ],
      parts: ["balance weights"],
      estimated_hours: 2,
    },
    source: "rules",
    degraded: false,
    degraded_reason: null,
    confidence: 0.74,
    revision: 2,
    llm_model: null,
    tokens_used: 0,
    latency_ms: 412,
    prompt_hash: null,
    model_hash: null,
    agent: courseOf(opened),
    created_at: iso(opened + 400),
  };
}

export function makeOrder(index: number, alert: Alert): WorkOrder {
  const statuses = [
    "PROPOSED",
    "IN_PROGRESS",
    "OPEN",
    "COMPLETED",
    "ON_HOLD",
    "COMPLETED",
    "CANCELLED",
  ] as const;
  const status = statuses[index % 7] ?? "OPEN";
  const en = {
    title: `Balance the rotor of ${alert.device_id}`,
    description:
      "Vibration 0.523 g is beyond 0.50 g. Likely rotor imbalance (0.74). Cheapest check first: turn the rotor by hand when stopped.",
  };
  const zh = {
    title: `${alert.device_id} 转子动平衡`,
    description:
      "振动 0.523 g 超过 0.50 g，最可能是转子不平衡（0.74）。先做最省事的检查：停机后手盘转子。",
  };
  return {
    order_no: `WO-20260228-${String(index + 1).padStart(4, "0")}`,
    trace_id: alert.trace_id,
    linked_trace_ids: [],
    device_id: alert.device_id,
    order_type: index === 0 ? "EMERGENCY" : index === 2 ? "INSPECTION" : "PLANNED",
    priority: alert.severity,
    status,
    fault_category: "imbalance",
    ...en,
    i18n: { zh, en },
    assigned_to: index === 1 ? "zhang.min" : null,
    estimated_hours: 2,
    actual_hours: null,
    materials: index === 1 ? [{ name: "Bearing 6308-2RS", quantity: 2, unit: "pcs" }] : [],
    checklist: [
      { text: { zh: "停机、上锁挂牌", en: "Stop, lock out, tag out" }, done: index === 1 },
      {
        text: { zh: "手盘转子，检查积垢", en: "Turn the rotor by hand, look for deposits" },
        done: false,
      },
      { text: { zh: "检查联轴器螺栓", en: "Check the coupling bolts" }, done: false },
    ],
    verdict:
      status === "COMPLETED"
        ? { alarm: "right", cause: "imbalance", fix: "adjustment", note: "Deposits removed" }
        : null,
    rebaseline_offered: status === "COMPLETED",
    created_by: "policy",
    created_at: ago((index + 1) * 55 * MIN),
    updated_at: ago(index * 20 * MIN),
    completed_at: status === "COMPLETED" ? ago(index * 20 * MIN) : null,
  };
}

/** A course with a doubt and a late finding, so that the page shows each of its parts. */
function courseOf(opened: number): NonNullable<Report["agent"]> {
  const step = (
    number: number,
    kind: NonNullable<Report["agent"]>["steps"][number]["kind"],
    texts: readonly [zh: string, en: string],
    evidence: string[] = [],
  ) => ({
    number,
    at: iso(opened + 60 * number),
    kind,
    text: { zh: texts[0], en: texts[1] },
    evidence,
  });
  return {
    steps: [
      step(1, "evidence", ["取得 12 条证据", "Gathered 12 facts"]),
      step(2, "rules", ["规则结论：转子不平衡", "The rules conclude: rotor imbalance"]),
      step(3, "tool", ["查询工单：1 条证据", "Asked for work orders: 1 facts"], ["E1"]),
      step(4, "refused", ["拒绝了一次工具调用", "Refused a call of a tool"]),
      step(5, "checked", ["核对 9 个数字，删去 0 句", "Checked 9 numbers, struck 0 sentences"]),
    ],
    review: ["severity_disagreement"],
    tool_calls: 2,
    tool_errors: 1,
    intent: { order_type: "PLANNED", priority: "P1", actions: [], citations: ["E1"] },
    addenda: [
      {
        at: iso(opened + 31_000),
        revision: 1,
        fault_category: "imbalance",
        agrees: true,
        text: { zh: "振动上升 [E1]。", en: "Vibration rises [E1]." },
        evidence: [],
        grounding: { checked_numbers: 0, violations: [] },
        llm_model: "glm-4.7",
      },
    ],
  };
}
