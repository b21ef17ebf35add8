import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { type EpochMs, SECOND } from "../../model/basics.ts";
import type { DiagnosisReport } from "../../model/diagnosis.ts";
import type { BusPosition, DeliveredRecord, EventBus, Topic } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { decodeAlertRecord } from "../../wire/alert-record.ts";
import { decodeAnomalyRecord } from "../../wire/anomaly-record.ts";
import { type Audience, type Place, placeOf } from "./audience.ts";
import type { Views } from "./loops.ts";

export interface WatchDeps {
  readonly bus: EventBus;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly audience: Audience;
  readonly views: Views;
}

const topics = ["anomalies", "alerts"] as const satisfies readonly Topic[];

/**
 * What other processes found, for those who look at this one: views and alarms from the bus, reports and orders
 * from the records. It begins with the present; what is missed is on the pages all the same.
 */
export async function runWatch(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([watchBus(deps, signal), watchReports(deps, signal)]);
}

async function watchBus(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const group = `watch-${deps.ids.next()}`;
  const from = ofTopics((await deps.bus.health()).end);
  for await (const batch of deps.bus.subscribe({ topics, group, from, signal })) {
    for (const record of batch.records) {
      await show(record, deps).catch((failure: unknown) =>
        deps.log.warn("watch.record.skipped", { topic: record.topic, error: String(failure) }),
      );
    }
  }
}

function ofTopics(end: BusPosition): BusPosition {
  const wanted = Object.entries(end).filter(([partition]) =>
    topics.some((topic) => partition.startsWith(`${topic}-`)),
  );
  return Object.fromEntries(wanted);
}

async function show(record: DeliveredRecord, { records, audience, views }: WatchDeps) {
  const text = Buffer.from(record.value).toString("utf8");
  if (record.topic === "anomalies") {
    const { view } = decodeAnomalyRecord(record.key, text);
    if (view !== null) views.take([view]);
    return;
  }
  const { alarm, kind } = decodeAlertRecord(text);
  const alert = await records.read((tx) => tx.find("alert_log", { traceId: alarm.traceId }));
  // The agent server may still be writing it; the page that shows it reads it again.
  if (alert !== null) audience.publish({ type: "alert", alert, change: kind, ...placeOf(alert) });
}

async function watchReports(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  let seenTo = deps.clock.now();
  while (!signal.aborted) {
    await deps.clock.sleep(SECOND, signal);
    if (signal.aborted) return;
    try {
      seenTo = await showReports(deps, seenTo);
    } catch (failure) {
      deps.log.warn("watch.reports.retried", { error: String(failure) });
    }
  }
}

async function showReports({ records, audience }: WatchDeps, after: EpochMs): Promise<EpochMs> {
  const reports = await records.read((tx) =>
    tx.list("diagnosis_report", {
      where: { createdAt: { gt: after } },
      orderBy: [["createdAt", "asc"]],
      limit: 100,
    }),
  );
  for (const report of reports) await showReport(report, { records, audience });
  return reports.at(-1)?.createdAt ?? after;
}

async function showReport(
  report: DiagnosisReport,
  { records, audience }: Pick<WatchDeps, "records" | "audience">,
): Promise<void> {
  const { traceId } = report;
  const [alert, order] = await records.read(async (tx) => [
    await tx.find("alert_log", { traceId }),
    await tx.find("work_order", { traceId }),
  ]);
  const place: Place = placeOf(alert);
  audience.publish({ type: "report", report, ...place });
  if (alert !== null) audience.publish({ type: "alert", alert, change: "diagnosed", ...place });
  if (order !== null) audience.publish({ type: "order", order, ...placeOf(order) });
}
