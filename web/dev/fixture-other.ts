import type { FixtureMode } from "./fixture-answers.ts";
import { knowledgeAnswers } from "./fixture-knowledge.ts";

const iso = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const page = (items: readonly unknown[]) => ({ items, next_cursor: null, limit: 1000 });

const rule = (id: string, name: string, text: string, severity: string, enabled = true) => ({
  rule_id: id,
  version: 3,
  name,
  text,
  condition: "composite",
  severity,
  scope: { device_id: null, device_type: "centrifugal_pump", line_id: null },
  modes: ["RUNNING"],
  blank_at_start: true,
  latching: false,
  enabled,
  config_version: 44,
  created_at: iso(4000),
  created_by: "chen.yu",
});
const rules = [
  rule(
    "rule_hot",
    "Hot and shaking",
    "temperature > 80 for 30s and vibration > 1.5 * baseline(vibration)",
    "P1",
  ),
  rule("rule_dry", "Dry running", "flow < 5 for 10s and current > 8", "P1"),
  rule("rule_old", "Old trial", "rate(pressure) > 0.2", "P3", false),
];

const quarantine = [
  {
    quarantine_id: "q1",
    at: iso(3),
    source: "http",
    code: "TS_NO_ZONE",
    detail: 'timestamp "2026-02-28T12:00:00" has no zone',
    device_id: "PUMP_02",
    raw: Buffer.from(
      '{"device_id":"PUMP_02","timestamp":"2026-02-28T12:00:00","temperature":45.1}',
    ).toString("base64"),
    sha256: "ab12",
    count: 14,
    replayed_at: null,
  },
  {
    quarantine_id: "q2",
    at: iso(50),
    source: "http",
    code: "DUPLICATE_CONFLICT",
    detail: "vibration 0.31 is stored, 0.35 was sent",
    device_id: "FAN_05",
    raw: Buffer.from('{"device_id":"FAN_05","vibration":0.35}').toString("base64"),
    sha256: "cd34",
    count: 1,
    replayed_at: iso(20),
  },
];

const users = [
  {
    user_id: "u1",
    name: "chen.yu",
    role: "admin",
    factory_id: null,
    line_id: null,
    disabled: false,
    locked_until: null,
    created_at: iso(90_000),
  },
  {
    user_id: "u2",
    name: "zhang.min",
    role: "operator",
    factory_id: "F001",
    line_id: "L001",
    disabled: false,
    locked_until: null,
    created_at: iso(80_000),
  },
  {
    user_id: "u3",
    name: "old.account",
    role: "viewer",
    factory_id: null,
    line_id: null,
    disabled: true,
    locked_until: null,
    created_at: iso(70_000),
  },
];
const apiKeys = [
  {
    id: "k1",
    name: "gateway hall 2",
    role: "ingest",
    prefix: "iai_7fK2",
    device_ids: ["PUMP_01", "PUMP_02"],
    factory_id: null,
    line_id: null,
    expires_at: iso(-200_000),
    revoked_at: null,
    last_used_at: iso(0),
    created_at: iso(9000),
    created_by: "chen.yu",
  },
  {
    id: "k2",
    name: "old gateway",
    role: "ingest",
    prefix: "iai_9aQx",
    device_ids: null,
    factory_id: null,
    line_id: null,
    expires_at: null,
    revoked_at: iso(500),
    last_used_at: iso(600),
    created_at: iso(20_000),
    created_by: "chen.yu",
  },
];

const audit = Array.from({ length: 12 }, (_, i) => ({
  number: 112 - i,
  at: iso(i * 7),
  actor: i % 3 === 0 ? "chen.yu" : "zhang.min",
  origin: "127.0.0.1",
  action: ["alerts.acknowledge", "devices.write", "keys.create"][i % 3],
  subject: ["tr_0000", "PUMP_01", "gateway hall 2"][i % 3],
  result: i === 4 ? "refused" : "ok",
  detail: { reason: "rounds" },
  previous_hash: "9c1f".repeat(16),
  hash: "a77e".repeat(16),
}));

const deliveries = [
  {
    delivery_id: "d1",
    target: "shift-webhook",
    trace_id: "tr_0000",
    state: "DELIVERED",
    attempts: 1,
    last_error: null,
    created_at: iso(3),
    delivered_at: iso(3),
  },
  {
    delivery_id: "d2",
    target: "mail",
    trace_id: "tr_0001",
    state: "PENDING",
    attempts: 4,
    last_error: "connect ECONNREFUSED 127.0.0.1:25",
    created_at: iso(21),
    delivered_at: null,
  },
];

const station = (
  name: string,
  rate: number | null,
  lag: number | null,
  behind: number | null,
  state = "ok",
  detail: string | null = null,
) => ({ name, rate_per_s: rate, lag, behind_ms: behind, state, detail });
const system = () => ({
  version: "0.1.0",
  node_version: "26.10.0",
  profile: "embedded",
  started_at: iso(600),
  now: new Date().toISOString(),
  ready: true,
  dependencies: {
    log: { ok: true, since: iso(600), last_error: null },
    telemetry: { ok: true, since: iso(600), last_error: null },
    records: { ok: true, since: iso(600), last_error: null },
    mail: { ok: false, since: iso(20), last_error: "connect ECONNREFUSED 127.0.0.1:25" },
  },
  stations: [
    station("ingest", 12.1, 0, 0),
    station("log", 12.1, 0, 0),
    station("archive", 12.0, 3, 200),
    station("aggregate", 12.0, 0, 0),
    station("detect", 12.1, 0, 0),
    station("alert", 0.1, 0, 0),
    station("diagnose", 0.02, 1, 3000, "slow"),
    station("notify", 0.1, 5, 1_260_000, "stuck", "mail: connect ECONNREFUSED"),
  ],
  counters: {
    iai_readings_received_total: 431_204,
    iai_readings_accepted_total: 431_100,
    iai_readings_duplicates_total: 89,
    iai_readings_rejected_total: 15,
  },
  storage: [
    { name: "log.db", bytes: 812_000_000, free_bytes: 79_000_000_000, refusing: null },
    { name: "telemetry", bytes: 1_920_000_000, free_bytes: 79_000_000_000, refusing: null },
  ],
});

/** Answers that do not depend on the plant. */
export function otherAnswers(path: string, mode: FixtureMode, body: unknown): unknown {
  const some = <T>(items: readonly T[]) => page(mode === "empty" ? [] : items);
  if (path === "/rules/validate") {
    const text = String((body as { text?: unknown } | null)?.text ?? "");
    const column = text.indexOf("!");
    return column < 0
      ? { ok: true, error: null }
      : { ok: false, error: { message: 'expected a number, a metric or "("', column: column + 1 } };
  }
  if (path.startsWith("/rules")) return body === null ? some(rules) : rules[0];
  const known = knowledgeAnswers(path, mode);
  if (known !== undefined) return known;
  if (path === "/quarantine") return some(quarantine);
  if (path === "/users") return body === null ? page(users) : users[1];
  if (path === "/keys")
    return body === null
      ? some(apiKeys)
      : { id: "k9", name: "new", role: "ingest", key: "iai_2zP8Qm4tYw7Kc1Vn5Rb9Xd3Lf6Hs0Jg_4f1a" };
  if (path === "/audit") return some(audit);
  if (path === "/notifications") return some(deliveries);
  if (path === "/system/status") return system();
  if (path === "/anomalies") {
    return page([
      {
        episode_id: "e1",
        device_id: "PUMP_01",
        detector: "deviation",
        condition: "deviation",
        started_at: iso(4),
        ended_at: null,
        peak_score: 3.2,
        contributions: { vibration: 0.93 },
        shadow: false,
      },
    ]);
  }
  if (path === "/logout") return null;
  return /^\/(users|keys|quarantine)\//.test(path) ? {} : undefined;
}
