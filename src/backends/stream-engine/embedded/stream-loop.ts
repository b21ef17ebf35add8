import type { Clock } from "../../../kernel/clock.ts";
import type { AlarmTransition } from "../../../model/alarm.ts";
import type { DeviceId, Ms } from "../../../model/basics.ts";
import type { StreamEvent } from "../../../model/control.ts";
import type { AnomalyEpisode, DeviationSample, DeviceView } from "../../../model/detection.ts";
import type { BusBatch, BusPosition, DeliveredRecord, EventBus } from "../../../ports/event-bus.ts";
import type { StepOutput, StreamJob, StreamOutput } from "../../../ports/stream-engine.ts";
import { type Checkpoints, openCheckpoints } from "./checkpoints.ts";
import type { StreamEngineConfig } from "./config.ts";
import { KeyedStates } from "./keyed-states.ts";

const PARTITION = "0";
/** Name of the steps on the bus: what they have not taken into a checkpoint stays in the log. */
export const DETECT_GROUP = "detect";

export interface StreamLoopDeps<State> {
  readonly job: StreamJob<State>;
  readonly bus: Pick<EventBus, "subscribe" | "confirm">;
  readonly decode: (record: DeliveredRecord) => StreamEvent;
  readonly checkpointPath: string;
  readonly clock: Clock;
  readonly config: StreamEngineConfig;
  /** Resolves when the output is applied; awaited for outputs that change records. */
  readonly deliver: (output: StreamOutput) => Promise<void>;
  /** Resolves when every output delivered so far survives power loss. */
  readonly makeDurable: () => Promise<void>;
  /** A sample per detected reading, for tests that compare paths; null: nobody looks. */
  readonly onSample: ((deviceId: DeviceId, sample: DeviationSample) => void) | null;
}

export interface StreamLoop {
  /** Steps the log until the signal aborts, then writes a last checkpoint. */
  run(signal: AbortSignal): Promise<void>;
  view(deviceId: DeviceId): DeviceView | null;
  position(): number;
  close(): void;
}

/** Runs a job over the log on this thread: batch in, steps, outputs delivered, states checkpointed in turn. */
export function openStreamLoop<State>(deps: StreamLoopDeps<State>): StreamLoop {
  const checkpoints = openCheckpoints(deps.checkpointPath);
  const { resumeAt, rows } = checkpoints.load(deps.job.name, deps.job.stateVersion);
  const states = new KeyedStates(deps.job, rows);
  const progress: Progress = {
    position: resumeAt,
    checkpointAt: deps.clock.monotonic(),
    viewsAt: 0,
    changed: new Set(),
    episodes: new Map(),
  };
  const viewOf = (deviceId: DeviceId): DeviceView | null => {
    const state = states.find(deviceId);
    return state === null ? null : deps.job.view(state);
  };

  return {
    run: async (signal) => {
      const from: BusPosition = { [PARTITION]: progress.position };
      const topics = ["raw_sensor_data", "control"] as const;
      for await (const batch of deps.bus.subscribe({ topics, group: DETECT_GROUP, from, signal })) {
        const age = deps.clock.monotonic() - progress.checkpointAt;
        const isDue = age >= deps.config.checkpointEveryMs;
        const delivered = await stepBatch(deps, states, progress, { batch, viewOf, signal, isDue });
        // Stopped with an output on its way: the states are ahead of it and must not be kept.
        if (!delivered) return;
        if (isDue) {
          await writeCheckpoint(deps, states, checkpoints, progress, deps.config.checkpointDevices);
        }
      }
      if (progress.episodes.size > 0) return;
      await writeCheckpoint(deps, states, checkpoints, progress, Number.MAX_SAFE_INTEGER);
    },
    view: viewOf,
    position: () => progress.position,
    close: () => checkpoints.close(),
  };
}

interface Progress {
  position: number;
  checkpointAt: Ms;
  viewsAt: Ms;
  /** Devices whose view changed since it was last sent. */
  changed: Set<DeviceId>;
  /** Episodes as they stand that were not sent yet: they go with the next views, not one by one. */
  readonly episodes: Map<string, AnomalyEpisode>;
}

interface BatchWork {
  readonly batch: BusBatch;
  readonly viewOf: (deviceId: DeviceId) => DeviceView | null;
  readonly signal: AbortSignal;
  /** A checkpoint follows: nothing may wait any longer. */
  readonly isDue: boolean;
}

/** True when the work is done, false when the signal aborts before. Leaves no listener behind. */
function unlessStopped(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(false);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    const clear = (): void => signal.removeEventListener("abort", stop);
    work.finally(clear).then(() => resolve(true), reject);
  });
}

/**
 * Alarms are delivered at once, with the views of their devices; everything else at the pace of the views. The
 * position stays where it is until all that lies before it has had its effect. False: the signal aborted before.
 */
async function stepBatch<State>(
  deps: StreamLoopDeps<State>,
  states: KeyedStates<State>,
  progress: Progress,
  { batch, viewOf, signal, isDue }: BatchWork,
): Promise<boolean> {
  const transitions: AlarmTransition[] = [];
  const collect = (deviceId: DeviceId, out: StepOutput): void => {
    for (const transition of out.transitions) transitions.push(transition);
    for (const episode of out.episodes) progress.episodes.set(episode.episodeId, episode);
    if (out.sample !== null) deps.onSample?.(deviceId, out.sample);
    progress.changed.add(deviceId);
  };
  for (const record of batch.records) states.step(deps.decode(record), record.offset, collect);

  const now = deps.clock.monotonic();
  const hasMore = progress.changed.size > 0 || progress.episodes.size > 0;
  const sendAll = hasMore && (isDue || now - progress.viewsAt >= deps.config.viewEveryMs);
  if (transitions.length > 0 || sendAll) {
    const chosen = sendAll ? progress.changed : transitions.map(({ deviceId }) => deviceId);
    const views = [...new Set(chosen)].map(viewOf).filter((view) => view !== null);
    const episodes = sendAll ? [...progress.episodes.values()] : [];
    const output = { transitions, episodes, views, position: batch.next };
    if (!(await unlessStopped(deps.deliver(output), signal))) return false;
    if (sendAll) {
      progress.viewsAt = now;
      progress.changed.clear();
      progress.episodes.clear();
    }
  }
  if (progress.episodes.size === 0) {
    progress.position = batch.next[PARTITION] ?? progress.position;
  }
  return true;
}

async function writeCheckpoint<State>(
  deps: StreamLoopDeps<State>,
  states: KeyedStates<State>,
  checkpoints: Checkpoints,
  progress: Progress,
  limit: number,
): Promise<void> {
  progress.checkpointAt = deps.clock.monotonic();
  const { rows, resumeAt } = states.dirty(limit, progress.position);
  // First the effects, then the state that would not produce them again.
  await deps.makeDurable();
  checkpoints.save(rows, resumeAt);
  await deps.bus.confirm(DETECT_GROUP, { [PARTITION]: resumeAt });
}
