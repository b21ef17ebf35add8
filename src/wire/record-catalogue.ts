import { type Device, ratedLimitMetrics, registryStatusOf } from "../model/device.ts";
import type { RecordTables, TableName } from "../model/records.ts";
import { apiKeyColumns, oneTimeColumns, userColumns } from "./access-columns.ts";
import { forecastColumns, predictionModelColumns } from "./forecast-columns.ts";

/**
 * How each field of each record lies in an SQL column. The column's name is the field's in snake_case.
 * `instant` is whole milliseconds in SQLite and UTC `DATETIME(3)` in MySQL; `json` is one JSON text.
 */
export type ColumnKind = "text" | "integer" | "real" | "boolean" | "instant" | "json";

type KindOf<V> = [V] extends [boolean]
  ? "boolean"
  : [V] extends [number]
    ? "integer" | "real" | "instant"
    : [V] extends [string]
      ? "text"
      : "json";

/** Every field of a row with its kind: a field that is left out does not compile. */
export type ColumnKinds<Row> = { readonly [F in keyof Row]-?: KindOf<NonNullable<Row[F]>> };

const history = { at: "instant", actor: "text", subjectId: "text" } as const;

export const recordCatalogue: { readonly [T in TableName]: ColumnKinds<RecordTables[T]> } = {
  device_registry: {
    deviceId: "text",
    deviceName: "text",
    deviceType: "text",
    factoryId: "text",
    lineId: "text",
    location: "text",
    model: "text",
    manufacturer: "text",
    installDate: "text",
    criticality: "text",
    metrics: "json",
    mode: "text",
    modeSource: "text",
    modeSince: "instant",
    autoRegistered: "boolean",
    configVersion: "integer",
    createdAt: "instant",
    updatedAt: "instant",
  },
  alert_log: {
    traceId: "text",
    deviceId: "text",
    alertLevel: "text",
    peakLevel: "text",
    alertType: "text",
    temperature: "real",
    vibration: "real",
    metrics: "json",
    rawPayload: "json",
    status: "text",
    alarmState: "text",
    snapshot: "json",
    occurrences: "integer",
    openedAt: "instant",
    clearedAt: "instant",
    factoryId: "text",
    lineId: "text",
    assignee: "text",
    acknowledgedBy: "text",
    acknowledgedAt: "instant",
    shelvedUntil: "instant",
    shelvedBy: "text",
    shelveReason: "text",
    suppressed: "boolean",
    outOfService: "boolean",
    attempts: "integer",
    leaseUntil: "instant",
    leaseToken: "integer",
    nextAttemptAt: "instant",
    lastError: "text",
    reportedLevel: "text",
    groupTraceId: "text",
    incidentId: "text",
    createdAt: "instant",
    updatedAt: "instant",
  },
  diagnosis_report: {
    traceId: "text",
    deviceId: "text",
    diagnosisText: "json",
    decisionText: "json",
    faultCategory: "text",
    severity: "text",
    recommendedAction: "json",
    plan: "json",
    hypotheses: "json",
    evidence: "json",
    grounding: "json",
    source: "text",
    degraded: "boolean",
    degradedReason: "text",
    confidence: "real",
    revision: "integer",
    llmModel: "text",
    tokensUsed: "integer",
    latencyMs: "real",
    promptHash: "text",
    modelHash: "text",
    agent: "json",
    createdAt: "instant",
  },
  work_order: {
    orderNo: "text",
    traceId: "text",
    linkedTraceIds: "json",
    deviceId: "text",
    orderType: "text",
    priority: "text",
    status: "text",
    faultCategory: "text",
    title: "json",
    description: "json",
    assignedTo: "text",
    estimatedHours: "real",
    actualHours: "real",
    materials: "json",
    checklist: "json",
    verdict: "json",
    createdBy: "text",
    createdAt: "instant",
    updatedAt: "instant",
    completedAt: "instant",
    factoryId: "text",
    lineId: "text",
  },
  maintenance_kb: {
    kbId: "text",
    deviceType: "text",
    category: "text",
    failureMode: "text",
    failureMechanism: "text",
    component: "json",
    faultPattern: "json",
    symptoms: "json",
    rootCause: "json",
    solution: "json",
    prevention: "json",
    urgency: "json",
    signs: "json",
    discriminators: "json",
    checks: "json",
    parts: "json",
    estimatedHours: "real",
    source: "text",
    reference: "text",
    licence: "text",
    version: "integer",
    status: "text",
    supersededBy: "text",
    shippedRevision: "integer",
    createdAt: "instant",
  },
  rule: {
    ruleId: "text",
    version: "integer",
    name: "text",
    text: "text",
    condition: "text",
    severity: "text",
    scope: "json",
    modes: "json",
    blankAtStart: "boolean",
    latching: "boolean",
    enabled: "boolean",
    configVersion: "integer",
    createdAt: "instant",
    createdBy: "text",
    current: "boolean",
  },
  history: {
    ...history,
    historyId: "text",
    subject: "text",
    action: "text",
    reason: "text",
    detail: "json",
  },
  comment: { ...history, commentId: "text", subject: "text", text: "text" },
  outbox: {
    outboxId: "text",
    kind: "text",
    target: "text",
    traceId: "text",
    payload: "json",
    state: "text",
    attempts: "integer",
    nextAttemptAt: "instant",
    lastError: "text",
    createdAt: "instant",
    deliveredAt: "instant",
  },
  quarantine: {
    quarantineId: "text",
    at: "instant",
    source: "text",
    code: "text",
    detail: "text",
    deviceId: "text",
    raw: "text",
    sha256: "text",
    count: "integer",
    replayedAt: "instant",
  },
  audit_log: {
    number: "integer",
    at: "instant",
    actor: "text",
    origin: "text",
    action: "text",
    subject: "text",
    result: "text",
    detail: "json",
    previousHash: "text",
    hash: "text",
  },
  consumer_position: {
    consumer: "text",
    key: "text",
    position: "integer",
    updatedAt: "instant",
  },
  verdict: {
    orderNo: "text",
    traceId: "text",
    deviceId: "text",
    at: "instant",
    actor: "text",
    verdict: "json",
    detectors: "json",
    ruleIds: "json",
    predicted: "text",
  },
  setting: { name: "text", value: "json", updatedAt: "instant" },
  counter: { name: "text", value: "integer" },
  user_account: userColumns,
  api_key: apiKeyColumns,
  one_time_token: oneTimeColumns,
  forecast: forecastColumns,
  prediction_model: predictionModelColumns,
  source: {
    name: "text",
    kind: "text",
    enabled: "boolean",
    options: "json",
    secrets: "text",
    revision: "integer",
    createdAt: "instant",
    createdBy: "text",
    updatedAt: "instant",
    updatedBy: "text",
  },
  idempotency_key: { wishHash: "text", orderNo: "text", createdAt: "instant" },
  incident: {
    incidentId: "text",
    kind: "text",
    factoryId: "text",
    lineId: "text",
    firstOutTraceId: "text",
    openedAt: "instant",
    lastAt: "instant",
    createdAt: "instant",
    updatedAt: "instant",
  },
};

/** Columns that nobody sets: written along with the field they follow from, for people who read the SQL. */
export function derivedColumns(
  table: TableName,
  patch: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | number | null>> {
  if (table !== "device_registry") return {};
  const { mode, metrics } = patch as Partial<Device>;
  const columns: Record<string, string | number | null> = {};
  if (mode !== undefined) columns["status"] = registryStatusOf(mode);
  if (metrics !== undefined) {
    for (const [rated, metric] of Object.entries(ratedLimitMetrics)) {
      columns[columnName(rated)] = metrics[metric]?.hh ?? null;
    }
  }
  return columns;
}

/** `deviceId` -> `device_id`. */
export function columnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
