import type { JudgedAlarm, PastAlarm } from "../../model/backtest.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";
import type { AlertRow, WorkOrderRow } from "../../model/records.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TriedDevice } from "./backtest-rule.ts";
import { isSameTrouble, type Trouble } from "./compare-alarms.ts";

export interface JudgedQuery {
  readonly tried: readonly TriedDevice[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly gapMs: Ms;
}

/** Alarms of the time whose orders were closed with a verdict, and which form of the rule would have told them. */
export async function judgedAlarms(
  records: Pick<RecordStore, "read">,
  { tried, from, to, gapMs }: JudgedQuery,
): Promise<readonly JudgedAlarm[]> {
  const judged: JudgedAlarm[] = [];
  for (const device of tried) {
    const { deviceId } = device;
    const { alerts, orders } = await records.read(async (tx) => ({
      alerts: await tx.list("alert_log", {
        where: { deviceId, openedAt: { gte: from, lt: to } },
        orderBy: [["openedAt", "asc"]],
      }),
      orders: await tx.list("work_order", { where: { deviceId, status: "COMPLETED" } }),
    }));
    for (const alert of alerts) {
      const order = orders.find((closed) => isOrderOf(closed, alert));
      if (order === undefined || order.verdict === null) continue;
      const trouble = troubleOf(alert);
      const isTold = (alarms: readonly PastAlarm[]): boolean =>
        alarms.some((alarm) => isSameTrouble(alarm, trouble, gapMs));
      judged.push({
        orderNo: order.orderNo,
        traceId: alert.traceId,
        deviceId,
        openedAt: alert.openedAt,
        alarm: order.verdict.alarm,
        cause: order.verdict.cause,
        toldBefore: isTold(device.before),
        toldAfter: isTold(device.after),
      });
    }
  }
  return judged;
}

function isOrderOf({ traceId, linkedTraceIds }: WorkOrderRow, alert: AlertRow): boolean {
  return traceId === alert.traceId || linkedTraceIds.includes(alert.traceId);
}

function troubleOf({ openedAt, clearedAt, snapshot }: AlertRow): Trouble {
  return {
    openedAt,
    clearedAt,
    conditions: snapshot.conditions.map(({ condition }) => condition),
    metrics: snapshot.conditions.flatMap(({ metrics }) => metrics),
  };
}
