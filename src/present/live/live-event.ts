import type { Principal } from "../../model/access.ts";
import type { DeviceId, EpochMs, TraceId } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { Device } from "../../model/device.ts";
import type { AgentStep, DiagnosisReport } from "../../model/diagnosis.ts";
import type { Reading } from "../../model/reading.ts";
import type { AlertRow } from "../../model/records.ts";
import type { WorkOrder } from "../../model/work-order.ts";
import { healthIndex } from "../../pipeline/predict/health-index.ts";
import { alertToWire } from "../../wire/alert.ts";
import type { Language } from "../../wire/basics.ts";
import { deviceToWire } from "../../wire/device.ts";
import { deviceStatusToWire } from "../../wire/device-status.ts";
import { type LiveEventType, liveStateOut } from "../../wire/live.ts";
import { readingToWire } from "../../wire/reading.ts";
import { agentStepToWire, reportToWire } from "../../wire/report.ts";
import { workOrderToWire } from "../../wire/work-order.ts";

/** Where an event belongs, for filters and for what a principal may see. */
interface Place {
  readonly deviceId: DeviceId;
  readonly factoryId: string;
  readonly lineId: string;
}

/** What the stations tell the people who are looking. Losing one loses nothing: pages read the rest again. */
export type LiveEvent = Place &
  (
    | { readonly type: "reading"; readonly reading: Reading }
    | { readonly type: "state"; readonly device: Device; readonly view: DeviceView }
    | { readonly type: "alert"; readonly alert: AlertRow; readonly change: string }
    | { readonly type: "order"; readonly order: WorkOrder }
    | { readonly type: "report"; readonly report: DiagnosisReport }
    /** One step of a diagnosis that is running. */
    | { readonly type: "step"; readonly traceId: TraceId; readonly step: AgentStep }
    | { readonly type: "device"; readonly device: Device }
  );

/** What one client wants to see; null: all. */
export interface LiveFilter {
  readonly types: ReadonlySet<LiveEventType> | null;
  readonly deviceIds: ReadonlySet<DeviceId> | null;
  readonly lineId: string | null;
  readonly language: Language;
}

/** An event ready to be written. */
export interface LiveMessage {
  readonly id: number;
  readonly type: LiveEventType;
  /** JSON, one line. */
  readonly data: string;
}

/** True when this client may see the event and wants to. */
export function isWanted(event: LiveEvent, principal: Principal, filter: LiveFilter): boolean {
  if (principal.factoryId !== null && principal.factoryId !== event.factoryId) return false;
  if (principal.lineId !== null && principal.lineId !== event.lineId) return false;
  if (principal.deviceIds !== null && !principal.deviceIds.includes(event.deviceId)) return false;
  if (filter.types !== null && !filter.types.has(event.type)) return false;
  if (filter.deviceIds !== null && !filter.deviceIds.has(event.deviceId)) return false;
  return filter.lineId === null || filter.lineId === event.lineId;
}

/** The event in wire form. */
export function liveEventToWire(event: LiveEvent, language: Language, now: EpochMs): unknown {
  switch (event.type) {
    case "reading":
      return readingToWire(event.reading);
    case "state": {
      const { device, view } = event;
      return liveStateOut.parse(
        deviceStatusToWire({
          device,
          view,
          health: healthIndex(view, device.metrics),
          alerts: [],
          now,
        }),
      );
    }
    case "alert":
      return { ...alertToWire(event.alert, now), change: event.change };
    case "order":
      return workOrderToWire(event.order, language);
    case "report":
      return reportToWire(event.report, language);
    case "step":
      return {
        trace_id: event.traceId,
        device_id: event.deviceId,
        ...agentStepToWire(event.step),
      };
    case "device":
      return deviceToWire(event.device);
  }
}
