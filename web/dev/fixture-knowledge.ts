import type { FixtureMode } from "./fixture-answers.ts";

const iso = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const page = (items: readonly unknown[]) => ({ items, next_cursor: null, limit: 1000 });

const kbTexts = {
  zh: {
    fault_pattern: "转子不平衡",
    symptoms: "振动在一倍频上升，随转速平方变化；温度基本不变。",
    root_cause: "叶轮积垢、叶片缺损、配重脱落。",
    solution: "清理叶轮，现场动平衡至 G6.3。",
    prevention: "每季度检查积垢。",
  },
  en: {
    fault_pattern: "Rotor imbalance",
    symptoms: "Vibration rises at running speed, with its square; temperature hardly moves.",
    root_cause: "Deposits on the impeller, a broken blade, a lost weight.",
    solution: "Clean the impeller, balance in place to G6.3.",
    prevention: "Look for deposits each quarter.",
  },
};
const knowledge = ["imbalance", "bearing", "seal", "cavitation"].map((category, i) => ({
  kb_id: `kb_${category}`,
  device_type: "centrifugal_pump",
  category,
  failure_mode: "VIB",
  failure_mechanism: "2.1",
  component: { zh: "叶轮", en: "Impeller" },
  ...kbTexts.en,
  i18n: kbTexts,
  urgency: { zh: "计划处理；达到限值时停机。", en: "Planned; stop at the limit." },
  signs: [
    { metric: "vibration", direction: "up", strength: 0.9, pattern: "gradual" },
    { metric: "temperature", direction: "steady", strength: 0.4 },
  ],
  discriminators: [
    { zh: "轴承磨损时温度先升", en: "With bearing wear the temperature rises first" },
  ],
  checks: [
    { zh: "手盘转子", en: "Turn the rotor by hand" },
    { zh: "看叶轮", en: "Look at the impeller" },
  ],
  parts: ["balance weights"],
  estimated_hours: 4,
  source: i === 3 ? "AI_GENERATED" : "MANUAL",
  reference: "ISO 13373-3",
  licence: "CC-BY-4.0",
  version: 1,
  status: i === 3 ? "PROPOSED" : "ACTIVE",
  superseded_by: null,
  shipped_revision: i === 0 ? 1 : null,
  created_at: iso(90_000),
}));

const learning = {
  verdicts: 11,
  verdicts_needed: 5,
  least: 0.8,
  most: 1.25,
  causes: [
    ["centrifugal_pump", "blockage", 9, 8, 3, 2, 0.8],
    ["centrifugal_pump", "seal", 9, 2, 8, 1, 1.25],
    ["fan", "bearing", 2, 2, 1, 1, 1],
  ].map(([device_type, category, verdicts, predicted, found, confirmed, factor]) => ({
    device_type,
    category,
    verdicts,
    predicted,
    found,
    confirmed,
    factor,
  })),
  withdrawn: [
    { order_no: "WO-20260227-0003", at: iso(500), actor: "chen.yu", reason: "wrong machine" },
  ],
  proposals: [
    {
      id: "P-1",
      target: "rule",
      subject_id: "rule_hot",
      version: 2,
      name: { zh: "Hot and shaking", en: "Hot and shaking" },
      change: {
        field: "text",
        before: "temperature > 80 for 30s and vibration > 1.5 * baseline(vibration)",
        after: "temperature > 80 for 60s and vibration > 1.5 * baseline(vibration)",
      },
      because: {
        zh: "自版本 2 起 6 次关单中 4 次为误报",
        en: "4 of 6 close-outs since version 2 called its alarm wrong",
      },
      order_nos: ["WO-20260227-0001", "WO-20260228-0004"],
    },
    {
      id: "P-2",
      target: "kb",
      subject_id: "kb_seal",
      version: 1,
      name: { zh: "机械密封泄漏", en: "Mechanical seal leak" },
      change: {
        field: "signs",
        before: [{ metric: "flow", direction: "down", strength: 0.8 }],
        after: [
          { metric: "flow", direction: "down", strength: 0.8 },
          { metric: "seal_temperature", direction: "up", strength: 0.5 },
        ],
      },
      because: {
        zh: "6 次确认的案例；几乎每次都有变化：密封温度",
        en: "6 confirmed cases; nearly always changed: seal temperature",
      },
      order_nos: ["WO-20260226-0002"],
    },
  ],
};
const taughtNothing = { ...learning, verdicts: 0, causes: [], withdrawn: [], proposals: [] };

function versions() {
  const [now] = knowledge;
  const replaced = { at: iso(800), actor: "chen.yu", action: "change", reason: "part was missing" };
  return {
    items: [
      { version: 2, replaced: null, entry: { ...now, version: 2 } },
      { version: 1, replaced, entry: { ...now, parts: [] } },
    ],
  };
}

const imported = {
  dry_run: true,
  created: 1,
  updated: 1,
  unchanged: 72,
  refused: 1,
  rows: [
    { row: 1, kb_id: null, action: "create", errors: [] },
    { row: 2, kb_id: "kb_seal", action: "update", errors: [] },
    {
      row: 3,
      kb_id: "kb_bad",
      action: "refuse",
      errors: [{ field: "category", code: "INVALID_REQUEST", detail: "unknown category" }],
    },
  ],
};

/** Answers about knowledge; undefined: it is about something else. */
export function knowledgeAnswers(path: string, mode: FixtureMode): unknown {
  if (path === "/kb") return page(mode === "empty" ? [] : knowledge);
  if (path === "/kb/import") return imported;
  if (/^\/kb\/[^/]+\/versions$/.test(path)) return versions();
  if (path.startsWith("/kb/")) return knowledge[0];
  if (path.startsWith("/learning")) return mode === "empty" ? taughtNothing : learning;
  return undefined;
}
