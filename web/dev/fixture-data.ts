import type {
  Alert,
  Device,
  DeviceStatus,
  MetricSpec,
  Report,
  WorkOrder,
} from "../src/api/types.ts";

/** A plausible plant for looking at the console before a server runs; nothing of it is measured. */
export const startedAt = Date.now();
const iso = (at: number): string => new Date(at).toISOString();
const ago = (ms: number): string => iso(startedAt - ms);
const MIN = 60_000;

const spec = (unit: string, hh: number | null, h: number | null = null): MetricSpec => ({
  unit,
  min: null,
  max: null,
  ll: null,
  l: null,
  h,
  hh,
  deadband: null,
  period_ms: 1000,
});

/** Healthy level, noise and what the fault adds, by metric. */
const healthy: Readonly<Record<string, readonly [mean: number, sd: number]>> = {
  vibration: [0.222, 0.006],
  temperature: [45.2, 0.4],
  pressure: [0.21, 0.004],
  current: [15.8, 0.15],
  flow: [32.1, 0.5],
};

export function makeDevices(count: number): Device[] {
  const types = ["centrifugal_pump", "fan", "compressor", "conveyor"];
  const perLine = count > 100 ? 50 : 4;
  return Array.from({ length: count }, (_, i) => {
    const type = types[Math.floor(i / 3) % 4] ?? "fan";
    const bare = i % 12 === 10;
    const metrics = {
      vibration: spec("g", bare ? null : 0.5),
      temperature: spec("°C", bare ? null : 95, bare ? null : 85),
      pressure: spec("MPa", bare ? null : 0.4),
      current: spec("A", bare ? null : 22),
      flow: spec("L/min", null),
    };
    const id =
      count > 100
        ? `DEV_${String(i + 1).padStart(5, "0")}`
        : `${["PUMP", "FAN", "COMP", "CONV"][Math.floor(i / 3) % 4] ?? "DEV"}_${String(i + 1).padStart(2, "0")}`;
    return {
      device_id: id,
      device_name: `${["Feed pump", "Cooling fan", "Air compressor", "Belt conveyor"][types.indexOf(type)] ?? ""} ${String(i + 1)}`,
      device_type: type,
      factory_id: "F001",
      line_id: `L${String(Math.floor(i / perLine) + 1).padStart(3, "0")}`,
      location: i % 3 === 0 ? "Hall 2, bay 4" : null,
      model: "KSB Etanorm 50",
      manufacturer: "KSB",
      install_date: "2021-04-12",
      criticality: i % 5 === 0 ? "A" : "B",
      rated_temp_max: bare ? null : 95,
      rated_vibration_max: bare ? null : 0.5,
      rated_pressure_max: bare ? null : 0.4,
      rated_current_max: bare ? null : 22,
      metrics,
      mode: i % 12 === 7 ? "MAINTENANCE" : i % 12 === 9 ? "STOPPED" : "RUNNING",
      mode_source: i % 12 === 7 ? "lin.wei" : "run signal",
      mode_since: ago(5 * 60 * MIN),
      status: i % 12 === 7 ? "MAINTENANCE" : "RUNNING",
      protected: !bare,
      auto_registered: bare,
      config_version: 12,
      created_at: ago(86_400_000 * 40),
      updated_at: ago(86_400_000),
    };
  });
}

/** Values of a device at an instant; the first device has had an imbalance for four minutes. */
export function valuesAt(index: number, at: number): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [metric, [mean, sd]] of Object.entries(healthy)) {
    const noise =
      Math.sin(at * 0.0137 + index * 7) +
      Math.sin(at * 0.0041 + metric.length) +
      Math.sin(at * 0.00071);
    out[metric] = mean * (1 + (index % 7) * 0.03) + noise * sd * 0.8;
  }
  const since = at - (startedAt - 4 * MIN);
  if (index === 0 && since > 0)
    out["vibration"] = (out["vibration"] ?? 0) + Math.min(0.31, (since / (2 * MIN)) * 0.31);
  const slow = at - (startedAt - 50 * MIN);
  if (index === 4 && slow > 0)
    out["temperature"] = (out["temperature"] ?? 0) + Math.min(36, (slow / (50 * MIN)) * 36);
  return out;
}

const severityOf = [
  "P0",
  null,
  null,
  null,
  "P1",
  null,
  "P2",
  null,
  "P3",
  null,
  null,
  null,
] as const;

export function makeStatus(device: Device, index: number, at: number): DeviceStatus {
  const values = valuesAt(index, at);
  const severity = severityOf[index % 12] ?? null;
  const loud = severity !== null && (index < 12 || index % 97 === 0);
  const margins = { P0: 1.07, P1: 0.84, P2: 0.66, P3: 0.42 };
  return {
    device_id: device.device_id,
    device_name: device.device_name,
    device_type: device.device_type,
    factory_id: device.factory_id,
    line_id: device.line_id,
    criticality: device.criticality,
    mode: device.mode,
    mode_source: device.mode_source,
    mode_since: device.mode_since,
    status: device.status,
    protected: device.protected,
    auto_registered: device.auto_registered,
    last_seen_at:
      index % 12 === 3
        ? iso(at - 4 * MIN)
        : device.mode === "STOPPED"
          ? iso(at - 70 * MIN)
          : iso(at - 800),
    age_ms: 800,
    seq: 812,
    values: Object.fromEntries(
      Object.entries(values).map(([metric, value]) => [
        metric,
        {
          value,
          unit: device.metrics[metric]?.unit ?? "1",
          quality: index % 12 === 6 && metric === "flow" ? "bad" : "good",
        },
      ]),
    ),
    state: index % 12 === 10 ? "learning" : index % 12 === 1 || loud ? "deviation" : "normal",
    score: loud ? 3.2 : 0.4,
    contributions: loud ? { vibration: 0.93, current: 0.05, temperature: 0.02 } : {},
    baseline: index % 12 === 10 ? "learning" : index % 12 === 2 ? "provisional" : "active",
    learned_rows: index % 12 === 10 ? 212 : 400,
    learn_rows: 400,
    worst_margin: device.protected
      ? loud && severity !== null
        ? margins[severity]
        : 0.05 + (index % 6) * 0.05
      : null,
    worst_metric: index % 12 === 4 ? "temperature" : "vibration",
    severity: loud ? severity : null,
    alerts: [],
  };
}

const clause = (text: string, value: number, limit: number, unit: string, holds = true) => ({
  clause: text,
  holds,
  value,
  limit,
  unit,
  progress: null,
  children: [],
});

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one literal, easier to read whole
export function makeAlert(index: number, device: Device): Alert {
  const kinds = [
    ["high_vibration", "P0", "UNACK_ACTIVE", 3, 1.07],
    ["over_temp", "P1", "ACK_ACTIVE", 22, 0.84],
    ["deviation", "P2", "UNACK_ACTIVE", 48, 0.66],
    ["sensor_stuck", "P3", "UNACK_CLEARED", 190, 0.42],
    ["no_data", "P2", "UNACK_ACTIVE", 4, null],
    ["high_vibration", "P1", "NORMAL", 60 * 50, 0.83],
    ["over_current", "P2", "NORMAL", 60 * 90, 0.61],
  ] as const;
  const [condition, severity, state, minutes, margin] = kinds[index % kinds.length] ?? kinds[0];
  const opened = startedAt - minutes * MIN;
  const cleared = state === "UNACK_CLEARED" || state === "NORMAL";
  const metric =
    condition === "over_temp"
      ? "temperature"
      : condition === "over_current"
        ? "current"
        : "vibration";
  return {
    trace_id: `tr_${String(index).padStart(4, "0")}`,
    group_trace_id: null,
    device_id: device.device_id,
    factory_id: device.factory_id,
    line_id: device.line_id,
    condition,
    alert_type: condition,
    severity,
    peak_severity: severity,
    state,
    active: !cleared,
    acknowledged: state === "ACK_ACTIVE" || state === "NORMAL",
    unconfirmed: index === 2,
    shelved: false,
    suppressed: false,
    out_of_service: false,
    status: index === 4 ? "DIAGNOSING" : "COMPLETED",
    timestamp: iso(opened),
    seq: 812,
    values: valuesAt(0, opened),
    conditions: [
      {
        condition: "deviation",
        detector: "deviation",
        active: !cleared,
        unconfirmed: false,
        since: iso(opened - 51_000),
        cleared_at: null,
        metrics: [metric],
        margin: margin ?? null,
        contributions: { [metric]: 0.93, current: 0.05, flow: 0.02 },
        rule_id: null,
        rule_version: null,
        explanation: {
          ...clause("T² > limit", 3.21, 1, "1"),
          children: [
            clause("vibration", 0.41, 0.24, "g"),
            clause("temperature", 45.3, 46.4, "°C", false),
          ],
        },
      },
      {
        condition,
        detector: condition === "no_data" ? "silence" : "limit",
        active: !cleared,
        unconfirmed: false,
        since: iso(opened),
        cleared_at: cleared ? iso(opened + 9 * MIN) : null,
        metrics: [metric],
        margin: margin ?? null,
        contributions: {},
        rule_id: index === 1 ? "rule_hot" : null,
        rule_version: index === 1 ? 3 : null,
        explanation: {
          clause: `${metric} > 0.50 for 5s`,
          holds: true,
          value: null,
          limit: null,
          unit: null,
          progress: { have: 5000, need: 5000, unit: "ms" },
          children: [clause(`${metric} > 0.50`, 0.523, 0.5, "g")],
        },
      },
    ],
    occurrences: index === 0 ? 3 : 1,
    opened_at: iso(opened),
    first_seen_at: iso(opened - 51_000),
    cleared_at: cleared ? iso(opened + 9 * MIN) : null,
    margin: margin ?? null,
    worst_metric: metric,
    baseline: "active",
    healthy: Object.fromEntries(
      Object.entries(healthy).map(([name, [mean, sd]]) => [name, { mean, sd }]),
    ),
    assignee: index === 1 ? "zhang.min" : null,
    acknowledged_by: state === "ACK_ACTIVE" ? "zhang.min" : null,
    acknowledged_at: state === "ACK_ACTIVE" ? iso(opened + 60_000) : null,
    shelved_until: null,
    shelved_by: null,
    shelve_reason: null,
    attempts: 1,
    last_error: null,
    reported_severity: index === 4 ? null : severity,
    created_at: iso(opened),
    updated_at: iso(opened),
  };
}

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
