import { mysqlRecordStoreConfig } from "../../src/backends/record-store/mysql/config.ts";
import { openMysqlRecordStore } from "../../src/backends/record-store/mysql/mysql-record-store.ts";
import { influxTelemetryConfig } from "../../src/backends/telemetry-store/influxdb/config.ts";
import { openInfluxTelemetryStore } from "../../src/backends/telemetry-store/influxdb/influx-telemetry-store.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { EpochMs } from "../../src/model/basics.ts";
import type { AnomalyEpisode } from "../../src/model/detection.ts";
import type { DiagnosisReport } from "../../src/model/diagnosis.ts";
import type { AlertRow } from "../../src/model/records.ts";
import { minuteArithmetic } from "../../src/pipeline/aggregate/aggregate-minutes.ts";
import type { LoggedReading } from "../../src/ports/telemetry-store.ts";
import { aDevice, aHistoryRow, anAlertRow, anOrder } from "../fixtures/record-rows.ts";
import type { Connection } from "../servers/server.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const none = { qualities: null, faults: null, sources: null, seq: null, status: null } as const;

/**
 * Readings of ten minutes, one in ten seconds, and of the ten minutes to come, in which the suite runs: two pumps that
 * report, and one that fell silent five minutes ago.
 */
export async function seedReadings(connection: Connection, now: EpochMs): Promise<void> {
  const { url, username, password } = connection;
  const given = { kind: "influxdb", database: "iai", url, username, password };
  const store = await openInfluxTelemetryStore(influxTelemetryConfig.parse(given), {
    ...{ clock: systemClock, log: silentLog, random: () => 0.5 },
    aggregate: minuteArithmetic,
  });
  const readings = Array.from({ length: 120 }, (_, i) => now - 10 * MINUTE + i * 10 * SECOND);
  const logged = readings.flatMap((at) => [
    reading("PUMP_1", at, { temperature: 45, vibration: 0.5, pressure: 2.1, flow: 128 }),
    reading("PUMP_2", at, { temperature: 55, vibration: 0.25 }),
    ...(at < now - 5 * MINUTE ? [reading("Q.1", at, { temperature: 65, vibration: 0.75 })] : []),
  ]);
  const numbered = logged.map((one, offset) => ({ ...one, offset: offset + 1 }));
  const written = await store.write(numbered, { "0": numbered.length + 1 });
  if (written.accepted !== numbered.length) throw new Error(JSON.stringify(written));
  await store.writeEpisodes([
    anEpisode("E1", { startedAt: now - 8 * MINUTE, endedAt: null }),
    anEpisode("E2", { startedAt: now - 9 * MINUTE, endedAt: now - 7 * MINUTE, shadow: true }),
  ]);
  await store.close();
}

function reading(
  deviceId: string,
  measuredAt: EpochMs,
  values: Readonly<Record<string, number>>,
): LoggedReading {
  const known = { deviceId, measuredAt, receivedAt: measuredAt + 40, configVersion: 1 };
  return {
    reading: { ...known, ...none, values: new Map(Object.entries(values)) },
    partition: "0",
    offset: 0,
  };
}

function anEpisode(episodeId: string, part: Partial<AnomalyEpisode>): AnomalyEpisode {
  return {
    episodeId,
    deviceId: "PUMP_1",
    detector: "deviation",
    condition: "deviation",
    startedAt: 0,
    endedAt: null,
    peakScore: 1.7,
    contributions: { vibration: 1 },
    shadow: false,
    ...part,
  };
}

/**
 * - T1 was diagnosed after 12 s, T2 after 45 s and again when it got worse, T3 waits for ten minutes, T4 is so new
 *   that its time has not begun to run, T5 is three days old.
 * - Of three orders one is completed and one is open. A notification waits for ten minutes.
 */
export async function seedRecords(connection: Connection, now: EpochMs): Promise<void> {
  const { port, user, password, database } = connection;
  const given = { kind: "mysql", port, user, password, database };
  const store = await openMysqlRecordStore(mysqlRecordStoreConfig.parse(given), {
    clock: systemClock,
    log: silentLog,
  });
  await store.transaction(async (tx) => {
    await tx.insert("device_registry", aDevice("PUMP_1", { factoryId: "F1", lineId: "L1" }));
    await tx.insert("device_registry", aDevice("PUMP_2", { factoryId: "F1", lineId: "L2" }));
    const idle = { factoryId: "F2", lineId: "L9", mode: "MAINTENANCE" } as const;
    await tx.insert("device_registry", aDevice("Q.1", idle));
    for (const alert of alertsAt(now)) await tx.insert("alert_log", alert);
    for (const [number, [traceId, at]] of diagnosesAt(now).entries())
      await tx.insert(
        "history",
        aHistoryRow(`H${number}`, { subjectId: traceId, at, action: "diagnosed" }),
      );
    await tx.insert("history", aHistoryRow("H9", { subjectId: "T3", at: now, action: "comment" }));
    for (const report of reportsAt(now)) await tx.insert("diagnosis_report", report);
    for (const [orderNo, status] of [
      ["O1", "COMPLETED"],
      ["O2", "OPEN"],
      ["O3", "CANCELLED"],
    ] as const) {
      const order = anOrder(orderNo, null);
      const at = { createdAt: now - 10 * MINUTE, updatedAt: now };
      const where = { deviceId: "PUMP_1", factoryId: "F1", lineId: "L1" };
      await tx.insert("work_order", { ...order, ...at, ...where, status });
    }
    await tx.insert("outbox", {
      ...{ outboxId: "N1", kind: "notification", target: "shift", traceId: "T1", payload: {} },
      ...{ state: "PENDING", attempts: 3, lastError: "no answer", deliveredAt: null },
      createdAt: now - 10 * MINUTE,
      nextAttemptAt: now,
    });
  });
  await store.close();
}

/** Of T1 to T5. */
export const alertAgesMs = [20 * MINUTE, 15 * MINUTE, 10 * MINUTE, -30 * MINUTE, 3 * DAY] as const;

function alertsAt(now: EpochMs): readonly AlertRow[] {
  const first = { deviceId: "PUMP_1", factoryId: "F1", lineId: "L1" };
  const alert = (traceId: `T${number}`, part: Partial<AlertRow>): AlertRow => {
    const at = now - (alertAgesMs[Number(traceId.slice(1)) - 1] ?? 0);
    return anAlertRow(traceId, { createdAt: at, updatedAt: at, openedAt: at, ...first, ...part });
  };
  return [
    alert("T1", { status: "COMPLETED", alertLevel: "P1" }),
    alert("T2", {
      ...{ status: "COMPLETED", alertLevel: "P0", alertType: "high_vibration" },
      ...{ alarmState: "NORMAL", clearedAt: now - 60_000 },
    }),
    alert("T3", {
      ...{ deviceId: "PUMP_2", lineId: "L2", alertLevel: "P2", alertType: "deviation" },
    }),
    alert("T4", {
      ...{ deviceId: "Q.1", factoryId: "F2", lineId: "L9" },
      ...{ alertLevel: "P3", alertType: "no_data" },
    }),
    alert("T5", { status: "COMPLETED", alarmState: "NORMAL" }),
  ];
}

function diagnosesAt(now: EpochMs): readonly (readonly [traceId: string, at: EpochMs])[] {
  return [
    ["T1", now - 20 * MINUTE + 12 * SECOND],
    ["T2", now - 15 * MINUTE + 45 * SECOND],
    ["T2", now - 5 * MINUTE],
    ["T5", now - 3 * DAY + SECOND],
  ];
}

function reportsAt(now: EpochMs): readonly DiagnosisReport[] {
  const text = { zh: "文", en: "text" };
  const report = (traceId: string, part: Partial<DiagnosisReport>): DiagnosisReport => ({
    ...{ traceId, deviceId: "PUMP_1", diagnosisText: text, decisionText: text },
    ...{ faultCategory: "bearing", severity: "HIGH", recommendedAction: text },
    plan: { steps: [], parts: [], estimatedHours: null },
    ...{ hypotheses: [], evidence: [], grounding: { checkedNumbers: 0, violations: [] } },
    ...{ source: "rules", degraded: false, degradedReason: null, confidence: 0.8, revision: 1 },
    ...{
      llmModel: null,
      tokensUsed: 0,
      latencyMs: 900,
      promptHash: null,
      modelHash: null,
      agent: null,
    },
    createdAt: now - 20 * MINUTE + 12 * SECOND,
    ...part,
  });
  return [
    report("T1", {}),
    report("T2", {
      ...{ faultCategory: "cavitation", severity: "CRITICAL", source: "llm", revision: 2 },
      createdAt: now - 5 * MINUTE,
    }),
  ];
}
