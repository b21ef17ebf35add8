import type { Clock } from "../../kernel/clock.ts";
import type { DeviceId, EpochMs, Ms } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { KnowledgeEntry } from "../../model/diagnosis.ts";
import type { AlertRow, WorkOrderRow } from "../../model/records.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { KnowledgeBase } from "./knowledge/knowledge-base.ts";
import { createFetchTelemetryData, type TelemetryWindow } from "./tools/fetch-telemetry-data.ts";
import { type AlertHistory, createGetAlertHistory } from "./tools/get-alert-history.ts";
import { createGetWorkOrders } from "./tools/get-work-orders.ts";
import { createQueryDeviceStatus, type DeviceStatus } from "./tools/query-device-status.ts";
import { createSearchMaintenanceKb } from "./tools/search-maintenance-kb.ts";

/** What a source answered, or why it did not: a failed source makes a report poorer, never late or absent. */
export type Fetched<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** Everything a diagnosis looks at, fetched at one time. */
export interface EvidenceSources {
  /** With the conditions as they were at the reading that the evidence ends with. */
  readonly alert: AlertRow;
  /** Event time the evidence ends at: that of the reading that raised the alarm. */
  readonly until: EpochMs;
  readonly status: Fetched<DeviceStatus>;
  readonly telemetry: Fetched<TelemetryWindow>;
  readonly history: Fetched<AlertHistory>;
  readonly orders: Fetched<readonly WorkOrderRow[]>;
  readonly knowledge: Fetched<readonly KnowledgeEntry[]>;
}

export interface EvidenceDeps {
  readonly records: RecordStore;
  readonly telemetry: TelemetryStore;
  readonly knowledge: Pick<KnowledgeBase, "search">;
  readonly view: (deviceId: DeviceId) => Promise<DeviceView | null>;
  readonly clock: Clock;
  /** Longest wait for all sources together. */
  readonly timeoutMs: Ms;
}

export const HISTORY_DAYS = 30;

/** Fetches all evidence of an alarm in parallel; answers within `timeoutMs` whatever the sources do. */
export async function fetchEvidence(alert: AlertRow, deps: EvidenceDeps): Promise<EvidenceSources> {
  const { deviceId, alertType, snapshot } = alert;
  const readingAt = snapshot.reading?.timestamp ?? null;
  const until = readingAt ?? snapshot.openedAt;
  const waiting = new AbortController();
  const timeout = deps.clock.sleep(deps.timeoutMs, waiting.signal);
  const within = <T>(work: () => Promise<T>): Promise<Fetched<T>> =>
    Promise.race([
      settle(work),
      timeout.then(() => ({ ok: false, reason: "no answer in time" }) as const),
    ]);

  const status = within(() => createQueryDeviceStatus(deps)({ deviceId }));
  // Knowledge depends on the type of the device, everything else is asked at once.
  const knowledge = within(async () => {
    const known = await status;
    const deviceType = known.ok ? (known.value.device?.deviceType ?? "") : "";
    return createSearchMaintenanceKb(deps)({ deviceType });
  });
  const answers = await Promise.all([
    status,
    within(() => createFetchTelemetryData(deps)({ deviceId, until, readingAt })),
    within(() => createGetAlertHistory(deps)({ deviceId, alertType, days: HISTORY_DAYS, until })),
    within(() => createGetWorkOrders(deps)({ deviceId })),
    knowledge,
  ]);
  waiting.abort();
  const [deviceStatus, telemetry, history, orders, entries] = answers;
  return {
    alert: { ...alert, snapshot: { ...snapshot, ...snapshot.ground } },
    until,
    status: deviceStatus,
    telemetry,
    history,
    orders,
    knowledge: entries,
  };
}

async function settle<T>(work: () => Promise<T>): Promise<Fetched<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (failure) {
    return { ok: false, reason: failure instanceof Error ? failure.message : String(failure) };
  }
}
