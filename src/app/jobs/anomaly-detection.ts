import type { DeviceJob, JobOptions } from "../../backends/stream-engine/flink/inside/job.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { StreamEvent } from "../../model/control.ts";
import type { StepOutput } from "../../ports/stream-engine.ts";
import { type BuilderStanding, encodeAnomalyRecord } from "../../wire/anomaly-record.ts";
import { createDetectionJob, type DetectionState } from "./detection-job.ts";

/** State of one device in the job AnomalyDetection. */
export interface AnomalyState {
  job: DetectionState;
  /** Names this life of the state: it begins anew when the state is lost. */
  bornAt: EpochMs | null;
  /** Lines for the alert builder so far. */
  lines: number;
  /** When the last view was sent, in receive time. */
  viewAt: EpochMs | null;
}

/**
 * The detectors, as they run in the embedded engine, alert builder included. Of the builder only one thing is
 * used here: whether an event can matter to it. Then the event goes to AlertDeduplication as a line, slim and
 * with what the detectors said; while a device has no alarm and no signal nothing is sent.
 */
export function createAnomalyDetection(options: JobOptions): DeviceJob<AnomalyState> {
  const job = createDetectionJob();
  return {
    name: "anomaly-detection",
    stateVersion: job.stateVersion,
    usesControl: true,
    initial: (deviceId) => ({ job: job.initial(deviceId), bornAt: null, lines: 0, viewAt: null }),
    dueAt: (state) => job.dueAt(state.job),
    step: (state, event, emit) => {
      const { alert } = state.job;
      const wasIdle = alert.alarms.length === 0;
      const before = wasIdle ? standingOf(alert) : null;
      const { state: next, out } = job.step(state.job, event);
      state.job = next;
      state.bornAt ??= timeOf(event);
      const matters = !wasIdle || out.signals.length > 0;
      if (matters) state.lines += 1;
      const view = wantsView(state, event, out, options) ? job.view(next) : null;
      if (view !== null) state.viewAt = timeOf(event);
      if (!matters && out.episodes.length === 0 && view === null) return state;
      const { deviceId } = alert;
      const line = matters
        ? { bornAt: state.bornAt, number: state.lines, event, before, signals: out.signals }
        : null;
      emit("a", deviceId, encodeAnomalyRecord({ line, episodes: out.episodes, view }));
      return state;
    },
  };
}

/** A raised alarm keeps the healthy levels of its moment; otherwise a view is for whoever looks. */
function wantsView(
  { viewAt }: AnomalyState,
  event: StreamEvent,
  out: StepOutput,
  { viewEveryMs }: JobOptions,
): boolean {
  if (out.transitions.some(({ kind }) => kind === "raised")) return true;
  return viewAt === null || timeOf(event) - viewAt >= viewEveryMs;
}

/** Where the builder stands while it holds no alarm: all that a later line needs of what was not sent. */
function standingOf(alert: DetectionState["alert"]): BuilderStanding {
  const { settings, criticality, suppressed, eventAt, receivedAt, lastReadingAt } = alert;
  return { settings, criticality, suppressed, eventAt, receivedAt, lastReadingAt };
}

/** Our time of an event. */
function timeOf(event: StreamEvent): EpochMs {
  if (event.kind === "reading") return event.reading.receivedAt;
  return event.kind === "tick" ? event.at : event.control.at;
}
