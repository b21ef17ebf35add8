import type { Migration } from "./migration.ts";

const plant = [
  `CREATE TABLE device_registry (
     device_id TEXT PRIMARY KEY, device_name TEXT NOT NULL, device_type TEXT NOT NULL,
     model TEXT, manufacturer TEXT, factory_id TEXT NOT NULL, line_id TEXT NOT NULL,
     location TEXT, install_date TEXT,
     rated_temp_max REAL, rated_vibration_max REAL, rated_pressure_max REAL,
     rated_current_max REAL, status TEXT NOT NULL, criticality TEXT NOT NULL,
     metrics TEXT NOT NULL, mode TEXT NOT NULL, mode_source TEXT NOT NULL,
     mode_since INTEGER NOT NULL, auto_registered INTEGER NOT NULL,
     config_version INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
   ) STRICT`,
  "CREATE INDEX device_registry_line ON device_registry (factory_id, line_id)",
  `CREATE TABLE rule (
     rule_id TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
     condition TEXT NOT NULL, severity TEXT NOT NULL, scope TEXT NOT NULL, modes TEXT NOT NULL,
     blank_at_start INTEGER NOT NULL, latching INTEGER NOT NULL, enabled INTEGER NOT NULL,
     config_version INTEGER NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
     current INTEGER NOT NULL, PRIMARY KEY (rule_id, version)
   ) STRICT`,
  "CREATE INDEX rule_current ON rule (current)",
  `CREATE TABLE maintenance_kb (
     kb_id TEXT PRIMARY KEY, device_type TEXT NOT NULL, category TEXT NOT NULL,
     failure_mode TEXT NOT NULL, failure_mechanism TEXT NOT NULL,
     fault_pattern TEXT NOT NULL, symptoms TEXT NOT NULL, root_cause TEXT NOT NULL,
     solution TEXT NOT NULL, prevention TEXT NOT NULL, signs TEXT NOT NULL,
     discriminators TEXT NOT NULL, checks TEXT NOT NULL, parts TEXT NOT NULL, estimated_hours REAL,
     source TEXT NOT NULL, reference TEXT NOT NULL, licence TEXT NOT NULL,
     version INTEGER NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL
   ) STRICT`,
  "CREATE INDEX maintenance_kb_type ON maintenance_kb (device_type)",
];

const alarms = [
  `CREATE TABLE alert_log (
     trace_id TEXT PRIMARY KEY, device_id TEXT NOT NULL, alert_level TEXT NOT NULL,
     peak_level TEXT NOT NULL, alert_type TEXT NOT NULL, temperature REAL, vibration REAL,
     metrics TEXT NOT NULL, raw_payload TEXT, status TEXT NOT NULL, alarm_state TEXT NOT NULL,
     snapshot TEXT NOT NULL, occurrences INTEGER NOT NULL, opened_at INTEGER NOT NULL,
     cleared_at INTEGER, factory_id TEXT NOT NULL, line_id TEXT NOT NULL, assignee TEXT,
     acknowledged_by TEXT, acknowledged_at INTEGER, shelved_until INTEGER, shelved_by TEXT,
     shelve_reason TEXT, suppressed INTEGER NOT NULL, out_of_service INTEGER NOT NULL,
     attempts INTEGER NOT NULL, lease_until INTEGER, lease_token INTEGER NOT NULL,
     next_attempt_at INTEGER NOT NULL, last_error TEXT, reported_level TEXT,
     group_trace_id TEXT,
     created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
   ) STRICT`,
  "CREATE INDEX alert_log_due ON alert_log (status, next_attempt_at)",
  "CREATE INDEX alert_log_device ON alert_log (device_id, opened_at)",
  "CREATE INDEX alert_log_opened ON alert_log (opened_at, trace_id)",
  "CREATE INDEX alert_log_state ON alert_log (alarm_state, opened_at)",
  `CREATE TABLE diagnosis_report (
     trace_id TEXT PRIMARY KEY, device_id TEXT NOT NULL, diagnosis_text TEXT NOT NULL,
     decision_text TEXT NOT NULL, fault_category TEXT NOT NULL, severity TEXT NOT NULL,
     recommended_action TEXT NOT NULL, plan TEXT NOT NULL, hypotheses TEXT NOT NULL, evidence TEXT NOT NULL,
     grounding TEXT NOT NULL, source TEXT NOT NULL, degraded INTEGER NOT NULL,
     degraded_reason TEXT, confidence REAL NOT NULL, revision INTEGER NOT NULL, llm_model TEXT,
     tokens_used INTEGER NOT NULL, latency_ms REAL NOT NULL, prompt_hash TEXT, model_hash TEXT,
     created_at INTEGER NOT NULL
   ) STRICT`,
  "CREATE INDEX diagnosis_report_device ON diagnosis_report (device_id, created_at)",
  "CREATE INDEX diagnosis_report_created ON diagnosis_report (created_at, trace_id)",
  `CREATE TABLE work_order (
     order_no TEXT PRIMARY KEY, trace_id TEXT UNIQUE, linked_trace_ids TEXT NOT NULL,
     device_id TEXT NOT NULL, order_type TEXT NOT NULL, priority TEXT NOT NULL,
     status TEXT NOT NULL, fault_category TEXT NOT NULL, title TEXT NOT NULL,
     description TEXT NOT NULL, assigned_to TEXT, estimated_hours REAL, actual_hours REAL,
     materials TEXT NOT NULL, checklist TEXT NOT NULL, verdict TEXT, created_by TEXT NOT NULL,
     created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, completed_at INTEGER,
     factory_id TEXT NOT NULL, line_id TEXT NOT NULL
   ) STRICT`,
  "CREATE INDEX work_order_device ON work_order (device_id, status)",
  "CREATE INDEX work_order_status ON work_order (status, created_at)",
  `CREATE TABLE verdict (
     order_no TEXT PRIMARY KEY, trace_id TEXT, device_id TEXT NOT NULL, at INTEGER NOT NULL,
     actor TEXT NOT NULL, verdict TEXT NOT NULL, detectors TEXT NOT NULL,
     rule_ids TEXT NOT NULL, predicted TEXT
   ) STRICT`,
  `CREATE TABLE history (
     history_id TEXT PRIMARY KEY, subject TEXT NOT NULL, subject_id TEXT NOT NULL,
     at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, reason TEXT,
     detail TEXT NOT NULL
   ) STRICT`,
  "CREATE INDEX history_subject ON history (subject, subject_id, at)",
  `CREATE TABLE comment (
     comment_id TEXT PRIMARY KEY, subject TEXT NOT NULL, subject_id TEXT NOT NULL,
     at INTEGER NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL
   ) STRICT`,
  "CREATE INDEX comment_subject ON comment (subject, subject_id, at)",
];

const flow = [
  `CREATE TABLE outbox (
     outbox_id TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, trace_id TEXT,
     payload TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
     next_attempt_at INTEGER NOT NULL, last_error TEXT, created_at INTEGER NOT NULL,
     delivered_at INTEGER
   ) STRICT`,
  "CREATE INDEX outbox_due ON outbox (kind, state, next_attempt_at)",
  "CREATE INDEX outbox_trace ON outbox (trace_id)",
  "CREATE INDEX outbox_delivered ON outbox (state, delivered_at)",
  `CREATE TABLE quarantine (
     quarantine_id TEXT PRIMARY KEY, at INTEGER NOT NULL, source TEXT NOT NULL,
     code TEXT NOT NULL, detail TEXT NOT NULL, device_id TEXT, raw TEXT NOT NULL,
     sha256 TEXT NOT NULL, count INTEGER NOT NULL, replayed_at INTEGER
   ) STRICT`,
  "CREATE INDEX quarantine_at ON quarantine (at, quarantine_id)",
  "CREATE INDEX quarantine_sha256 ON quarantine (sha256)",
  "CREATE INDEX quarantine_device ON quarantine (device_id, at)",
  `CREATE TABLE consumer_position (
     consumer TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL,
     updated_at INTEGER NOT NULL, PRIMARY KEY (consumer, key)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE setting (
     name TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

const access = [
  `CREATE TABLE audit_log (
     number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, origin TEXT NOT NULL,
     action TEXT NOT NULL, subject TEXT NOT NULL, result TEXT NOT NULL, detail TEXT NOT NULL,
     previous_hash TEXT NOT NULL, hash TEXT NOT NULL
   ) STRICT`,
  "CREATE INDEX audit_log_at ON audit_log (at)",
  `CREATE TABLE user_account (
     user_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
     password_hash TEXT NOT NULL, factory_id TEXT, line_id TEXT, disabled INTEGER NOT NULL,
     token_generation INTEGER NOT NULL, failed_logins INTEGER NOT NULL, locked_until INTEGER,
     created_at INTEGER NOT NULL
   ) STRICT`,
  `CREATE TABLE api_key (
     key_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, prefix TEXT NOT NULL,
     key_hash TEXT NOT NULL UNIQUE, device_ids TEXT, factory_id TEXT, line_id TEXT,
     expires_at INTEGER, revoked_at INTEGER, last_used_at INTEGER, created_at INTEGER NOT NULL,
     created_by TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE one_time_token (
     token_hash TEXT PRIMARY KEY, purpose TEXT NOT NULL, role TEXT NOT NULL,
     expires_at INTEGER NOT NULL, used_at INTEGER
   ) STRICT`,
];

export const initial: Migration = {
  version: 1,
  name: "initial",
  statements: [...plant, ...alarms, ...flow, ...access],
};
