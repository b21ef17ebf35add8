import type { ApiKey, Role, User } from "./access.ts";
import type { AlarmSnapshot, AlarmState, DiagnosisStatus, Severity } from "./alarm.ts";
import type { ConfigVersion, DeviceId, EpochMs, TraceId } from "./basics.ts";
import type { ControlEvent } from "./control.ts";
import type { Device } from "./device.ts";
import type { DiagnosisReport, FaultCategory, KnowledgeEntry } from "./diagnosis.ts";
import type { ForecastRow, PredictionModelRow } from "./prediction.ts";
import type { ReadingSnapshot } from "./reading.ts";
import type { RuleDefinition } from "./rule.ts";
import type { Verdict, WorkOrder } from "./work-order.ts";

/** `alert_log`: the machine's side of an alarm and what people and the diagnosis made of it. */
export interface AlertRow {
  readonly traceId: TraceId;
  readonly deviceId: DeviceId;
  readonly alertLevel: Severity;
  readonly peakLevel: Severity;
  /** The opening condition. */
  readonly alertType: string;
  readonly temperature: number | null;
  readonly vibration: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly rawPayload: ReadingSnapshot | null;
  readonly status: DiagnosisStatus;
  readonly alarmState: AlarmState;
  readonly snapshot: AlarmSnapshot;
  readonly occurrences: number;
  readonly openedAt: EpochMs;
  readonly clearedAt: EpochMs | null;
  readonly factoryId: string;
  readonly lineId: string;
  readonly assignee: string | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: EpochMs | null;
  readonly shelvedUntil: EpochMs | null;
  readonly shelvedBy: string | null;
  readonly shelveReason: string | null;
  readonly suppressed: boolean;
  readonly outOfService: boolean;
  /**
   * First alarm of a burst (more than 10 a minute of one device) that this one is grouped under; null: diagnosed
   * by itself. A grouped alarm gets a short report that points to the first.
   */
  readonly groupTraceId: TraceId | null;
  /** Storm it came in; null: it came alone. */
  readonly incidentId: string | null;
  readonly attempts: number;
  readonly leaseUntil: EpochMs | null;
  /** Fencing token: grows with each claim; a late loser's write is refused. */
  readonly leaseToken: number;
  readonly nextAttemptAt: EpochMs;
  readonly lastError: string | null;
  /** Severity the newest report was written for; null: none yet. */
  readonly reportedLevel: Severity | null;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** Who did what to an alarm, a device or an order, and why. */
export interface HistoryRow {
  readonly historyId: string;
  readonly subject: "alert" | "order" | "device" | "rule" | "kb";
  readonly subjectId: string;
  readonly at: EpochMs;
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface CommentRow {
  readonly commentId: string;
  readonly subject: "alert" | "order";
  readonly subjectId: string;
  readonly at: EpochMs;
  readonly actor: string;
  readonly text: string;
}

/** One message to one notifier; delivered at least once, journalled. */
export interface OutboxRow {
  readonly outboxId: string;
  readonly kind: "notification" | "control";
  /** Notifier name, or `log` for control events. */
  readonly target: string;
  readonly traceId: TraceId | null;
  readonly payload: Readonly<Record<string, unknown>> | ControlEvent;
  readonly state: "PENDING" | "DELIVERED" | "FAILED";
  readonly attempts: number;
  readonly nextAttemptAt: EpochMs;
  readonly lastError: string | null;
  readonly createdAt: EpochMs;
  readonly deliveredAt: EpochMs | null;
}

export interface QuarantineRow {
  readonly quarantineId: string;
  readonly at: EpochMs;
  readonly source: string;
  readonly code: string;
  readonly detail: string;
  readonly deviceId: string | null;
  /** Raw bytes, base64, at most 64 KiB before encoding. */
  readonly raw: string;
  readonly sha256: string;
  readonly count: number;
  readonly replayedAt: EpochMs | null;
}

export interface AuditRow {
  readonly number: number;
  readonly at: EpochMs;
  readonly actor: string;
  readonly origin: string;
  readonly action: string;
  readonly subject: string;
  readonly result: "ok" | "refused";
  readonly detail: Readonly<Record<string, unknown>>;
  readonly previousHash: string;
  readonly hash: string;
}

/** Progress of a consumer whose effects live in this store: committed with the effect. */
export interface ConsumerRow {
  readonly consumer: string;
  readonly key: string;
  readonly position: number;
  readonly updatedAt: EpochMs;
}

/** An alarm storm: alarms of several devices of a line that came together. */
export interface IncidentRow {
  readonly incidentId: string;
  /** `communication_loss`: nothing but silence came of it; else something happened in the process. */
  readonly kind: "communication_loss" | "process_upset";
  readonly factoryId: string;
  readonly lineId: string;
  /** The alarm that came first (first-out): where to begin to look. */
  readonly firstOutTraceId: TraceId;
  readonly openedAt: EpochMs;
  /** When the newest of its alarms came. */
  readonly lastAt: EpochMs;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

export interface VerdictRow {
  readonly orderNo: string;
  readonly traceId: TraceId | null;
  readonly deviceId: DeviceId;
  readonly at: EpochMs;
  readonly actor: string;
  readonly verdict: Verdict;
  readonly detectors: readonly string[];
  readonly ruleIds: readonly string[];
  readonly predicted: FaultCategory | null;
}

export interface SettingRow {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly updatedAt: EpochMs;
}

/** A wish that may come twice, and the order it became: a second one is refused by the key. */
export interface IdempotencyRow {
  /** Hash of who wished, for which device, with which key. */
  readonly wishHash: string;
  readonly orderNo: string;
  readonly createdAt: EpochMs;
}

export interface CounterRow {
  readonly name: string;
  readonly value: number;
}

export type DeviceRow = Device;
export type UserRow = User;
export type ApiKeyRow = ApiKey;
export type RuleRow = RuleDefinition & { readonly current: boolean };
export type ReportRow = DiagnosisReport;
export type WorkOrderRow = WorkOrder & { readonly factoryId: string; readonly lineId: string };
export type KnowledgeRow = KnowledgeEntry;

/** A source of readings that people added while IAI runs; those of the configuration file are not in here. */
export interface SourceRow {
  readonly name: string;
  readonly kind: string;
  /** False: it is kept and does not run. */
  readonly enabled: boolean;
  /** As it would stand in the configuration file, without name, kind and secrets. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Its secrets, sealed; null: it has none. */
  readonly secrets: string | null;
  /** Grows with each change. */
  readonly revision: number;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
  readonly updatedAt: EpochMs;
  readonly updatedBy: string;
}

/** One-time secrets such as the set-up link; the token is stored as SHA-256. */
export interface OneTimeRow {
  readonly tokenHash: string;
  readonly purpose: "setup";
  readonly role: Role;
  readonly expiresAt: EpochMs;
  readonly usedAt: EpochMs | null;
}

/** Every table of the record store by its SQL name, with the row it holds. */
export interface RecordTables {
  device_registry: DeviceRow;
  alert_log: AlertRow;
  diagnosis_report: ReportRow;
  work_order: WorkOrderRow;
  maintenance_kb: KnowledgeRow;
  rule: RuleRow;
  history: HistoryRow;
  comment: CommentRow;
  outbox: OutboxRow;
  quarantine: QuarantineRow;
  audit_log: AuditRow;
  consumer_position: ConsumerRow;
  verdict: VerdictRow;
  setting: SettingRow;
  counter: CounterRow;
  idempotency_key: IdempotencyRow;
  user_account: UserRow;
  api_key: ApiKeyRow;
  one_time_token: OneTimeRow;
  forecast: ForecastRow;
  prediction_model: PredictionModelRow;
  source: SourceRow;
  incident: IncidentRow;
}

export type TableName = keyof RecordTables;

/** Primary key of each table, in the row's own field names. */
export const primaryKeys = {
  device_registry: ["deviceId"],
  alert_log: ["traceId"],
  diagnosis_report: ["traceId"],
  work_order: ["orderNo"],
  maintenance_kb: ["kbId"],
  rule: ["ruleId", "version"],
  history: ["historyId"],
  comment: ["commentId"],
  outbox: ["outboxId"],
  quarantine: ["quarantineId"],
  audit_log: ["number"],
  consumer_position: ["consumer", "key"],
  verdict: ["orderNo"],
  setting: ["name"],
  counter: ["name"],
  idempotency_key: ["wishHash"],
  user_account: ["userId"],
  api_key: ["keyId"],
  one_time_token: ["tokenHash"],
  forecast: ["forecastId"],
  prediction_model: ["modelId"],
  source: ["name"],
  incident: ["incidentId"],
} as const satisfies { [T in TableName]: readonly (keyof RecordTables[T])[] };

/** Names of the counters that `next` hands numbers from. */
export const counters = {
  /** Monotonic version of everything that changes a decision. */
  configVersion: "config_version",
  audit: "audit",
  /** One a day: `order:20260228`. */
  order: (day: string): string => `order:${day}`,
} as const;

export type { ConfigVersion };
