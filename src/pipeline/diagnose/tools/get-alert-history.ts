import { DAY, type DeviceId, type EpochMs } from "../../../model/basics.ts";
import type { AlertRow, VerdictRow } from "../../../model/records.ts";
import type { RecordStore } from "../../../ports/record-store.ts";

export interface AlertHistory {
  /** Newest first, at most 200. */
  readonly alerts: readonly AlertRow[];
  /** What people found when they closed orders of this device; newest first, at most 10, of any age. */
  readonly verdicts: readonly VerdictRow[];
}

/** Reads the alarms of one device in the days before an instant, and what they turned out to be. */
export function createGetAlertHistory(deps: {
  readonly records: RecordStore;
}): (args: {
  readonly deviceId: DeviceId;
  readonly days?: number;
  readonly until: EpochMs;
}) => Promise<AlertHistory> {
  return ({ deviceId, days = 7, until }) =>
    deps.records.read(async (tx) => ({
      alerts: await tx.list("alert_log", {
        where: { deviceId, openedAt: { gte: until - days * DAY, lte: until } },
        orderBy: [["openedAt", "desc"]],
        limit: 200,
      }),
      verdicts: await tx.list("verdict", {
        where: { deviceId },
        orderBy: [["at", "desc"]],
        limit: 10,
      }),
    }));
}
