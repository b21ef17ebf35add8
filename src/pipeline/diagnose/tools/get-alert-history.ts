import { DAY, type DeviceId, type EpochMs } from "../../../model/basics.ts";
import type { VerdictRow } from "../../../model/records.ts";
import type { RecordStore } from "../../../ports/record-store.ts";

export interface AlertHistory {
  /** Alarms that opened in the days before the instant. */
  readonly alarmsCount: number;
  /** Those of them with the condition that was asked for. */
  readonly sameConditionCount: number;
  /** What people found when they closed orders of this device; newest first, at most 10, of any age. */
  readonly verdicts: readonly VerdictRow[];
}

/** Reads how often one device alarmed before an instant, and what its alarms turned out to be. */
export function createGetAlertHistory(deps: {
  readonly records: RecordStore;
}): (args: {
  readonly deviceId: DeviceId;
  readonly alertType: string;
  readonly days?: number;
  readonly until: EpochMs;
}) => Promise<AlertHistory> {
  return ({ deviceId, alertType, days = 7, until }) => {
    const where = { deviceId, openedAt: { gte: until - days * DAY, lte: until } };
    return deps.records.read(async (tx) => ({
      alarmsCount: await tx.count("alert_log", { where }),
      sameConditionCount: await tx.count("alert_log", { where: { ...where, alertType } }),
      verdicts: await tx.list("verdict", {
        where: { deviceId },
        orderBy: [["at", "desc"]],
        limit: 10,
      }),
    }));
  };
}
