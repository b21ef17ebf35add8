/** The plant's words in both languages, and the words that must not stand in their place. */
export interface Term {
  readonly zh: string;
  readonly en: string;
  readonly avoidZh: readonly string[];
  readonly avoidEn: readonly string[];
}

const term = (zh: string, en: string, avoidZh: string[] = [], avoidEn: string[] = []): Term => ({
  zh,
  en,
  avoidZh,
  avoidEn,
});

export const glossary = {
  alarm: term("报警", "alarm", ["告警", "警报", "预警"], ["alert"]),
  acknowledge: term("确认", "acknowledge", [], []),
  shelve: term("搁置", "shelve", ["静音", "屏蔽"], ["snooze", "mute"]),
  suppressed: term("抑制", "suppressed", [], []),
  deviation: term("偏离", "deviation", ["异常偏差"], ["anomaly score"]),
  baseline: term("基线", "baseline", ["基准线"], []),
  limit: term("限值", "limit", ["阈值", "门限"], ["threshold"]),
  margin: term("裕度", "margin", ["余量"], ["headroom"]),
  severity: term("级别", "severity", ["严重度", "优先级别"], []),
  condition: term("工况条件", "condition", [], []),
  workOrder: term("工单", "work order", ["工作单", "派工单"], ["ticket"]),
  device: term("设备", "device", ["装置"], ["asset"]),
  line: term("产线", "line", ["生产线"], []),
  reading: term("读数", "reading", ["采样点"], ["sample point"]),
  evidence: term("证据", "evidence", [], []),
  rule: term("规则", "rule", [], []),
  quarantine: term("隔离区", "quarantine", ["死信"], ["dead letter"]),
  knowledgeBase: term("知识库", "knowledge base", [], []),
  verdict: term("结论", "verdict", [], []),
} as const satisfies Readonly<Record<string, Term>>;
