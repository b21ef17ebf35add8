import type { EpochMs, MetricName } from "../../../model/basics.ts";
import type { DiagnosisReport, FaultCategory, FaultSign } from "../../../model/diagnosis.ts";
import type { VerdictRow } from "../../../model/records.ts";
import type { Verdict } from "../../../model/work-order.ts";
import type { RecordTransaction } from "../../../ports/record-store.ts";

/** One closed order: what was thought, what people found, and what the instruments had shown. */
export interface JudgedCase {
  readonly orderNo: string;
  readonly deviceType: string;
  readonly at: EpochMs;
  readonly alarm: Verdict["alarm"];
  /** What the diagnosis said; null: there was none. */
  readonly predicted: FaultCategory | null;
  /** What people found. */
  readonly found: FaultCategory;
  readonly ruleIds: readonly string[];
  /** How each measured metric behaved when the alarm was raised. */
  readonly seen: ReadonlyMap<MetricName, FaultSign["direction"]>;
}

/** A verdict that a person took back: it counts for nothing until it is restored. */
export interface Withdrawal {
  readonly orderNo: string;
  readonly at: EpochMs;
  readonly actor: string;
  readonly reason: string | null;
}

/** What learning reads at most: the newest close-outs. */
const CASES_MAX = 5_000;

export const WITHDRAW = "withdraw_verdict";
export const RESTORE = "restore_verdict";

export interface ReadCases {
  readonly cases: readonly JudgedCase[];
  readonly withdrawn: readonly Withdrawal[];
}

/** All close-outs that count, and those that were taken back. */
export async function readCases(tx: Pick<RecordTransaction, "list">): Promise<ReadCases> {
  const verdicts = await tx.list("verdict", { orderBy: [["at", "desc"]], limit: CASES_MAX });
  if (verdicts.length === 0) return { cases: [], withdrawn: [] };
  const withdrawn = await readWithdrawals(tx);
  const taken = new Set(withdrawn.map(({ orderNo }) => orderNo));
  const counting = verdicts.filter(({ orderNo }) => !taken.has(orderNo));
  const traceIds = counting.flatMap(({ traceId }) => (traceId === null ? [] : [traceId]));
  const deviceIds = [...new Set(counting.map(({ deviceId }) => deviceId))];
  if (deviceIds.length === 0) return { cases: [], withdrawn };
  const devices = await tx.list("device_registry", { where: { deviceId: { in: deviceIds } } });
  const reports =
    traceIds.length === 0
      ? []
      : await tx.list("diagnosis_report", { where: { traceId: { in: traceIds } } });
  const typeOf = new Map(devices.map(({ deviceId, deviceType }) => [deviceId, deviceType]));
  const reportOf = new Map(reports.map((report) => [report.traceId, report]));
  const cases = counting.map((row) => {
    const report = row.traceId === null ? undefined : reportOf.get(row.traceId);
    return judgedCase(row, typeOf.get(row.deviceId) ?? "", report);
  });
  return { cases, withdrawn };
}

function judgedCase(
  row: VerdictRow,
  deviceType: string,
  report: DiagnosisReport | undefined,
): JudgedCase {
  return {
    orderNo: row.orderNo,
    deviceType: deviceType.toLowerCase(),
    at: row.at,
    alarm: row.verdict.alarm,
    predicted: row.predicted,
    found: foundIn(row.verdict),
    ruleIds: row.ruleIds,
    seen: report === undefined ? new Map() : seenIn(report),
  };
}

/** An alarm that was wrong had no fault of the machine behind it, whatever else was written; a sensor may have lied. */
function foundIn({ alarm, cause }: Verdict): FaultCategory {
  return alarm === "wrong" && cause !== "sensor_fault" ? "no_fault" : cause;
}

function seenIn(report: DiagnosisReport): ReadonlyMap<MetricName, FaultSign["direction"]> {
  const seen = new Map<MetricName, FaultSign["direction"]>();
  for (const { kind, metric, value } of report.evidence) {
    if (metric === null) continue;
    if (kind === "metric_steady") seen.set(metric, "steady");
    if (kind !== "metric_change") continue;
    const shown = [value["direction"], value["behaviour"]].find(isMoving);
    if (shown !== undefined) seen.set(metric, shown);
  }
  return seen;
}

function isMoving(word: unknown): word is "up" | "down" | "noisy" | "stuck" {
  return word === "up" || word === "down" || word === "noisy" || word === "stuck";
}

/** A verdict may be withdrawn and restored in turns: it is withdrawn where that happened once more. */
async function readWithdrawals(
  tx: Pick<RecordTransaction, "list">,
): Promise<readonly Withdrawal[]> {
  const rows = await tx.list("history", {
    where: { subject: "order", action: { in: [WITHDRAW, RESTORE] } },
    orderBy: [["at", "asc"]],
  });
  const last = new Map<string, Withdrawal & { times: number }>();
  for (const { subjectId: orderNo, at, actor, action, reason } of rows) {
    const times = last.get(orderNo)?.times ?? 0;
    const next = times + (action === WITHDRAW ? 1 : -1);
    last.set(orderNo, { orderNo, at, actor, reason, times: next });
  }
  return [...last.values()].flatMap(({ times, ...item }) => (times > 0 ? [item] : []));
}
