import type { DeviceId } from "../../src/model/basics.ts";
import type { StreamEvent } from "../../src/model/control.ts";
import type { AnomalyEpisode } from "../../src/model/detection.ts";
import type { StepOutput, StreamJob } from "../../src/ports/stream-engine.ts";

/** State of the job of this suite: everything a device has seen, as text. */
interface Diary {
  readonly deviceId: DeviceId;
  seen: string;
  due: number | null;
}

/** Tells of each event it meets and of everything before it, so that any loss, repeat or disorder shows. */
export const diaryJob: StreamJob<Diary> = {
  name: "diary",
  stateVersion: 1,
  initial: (deviceId) => ({ deviceId, seen: "", due: null }),
  step: (state, event) => {
    state.seen += nameOf(event);
    if (event.kind === "reading") state.due = event.reading.measuredAt + 1_000;
    if (event.kind === "tick") state.due = null;
    return { state, out: entryOf(state) };
  },
  dueAt: (state) => state.due,
  view: () => null,
};

function nameOf(event: StreamEvent): string {
  if (event.kind === "reading") return `r${event.reading.measuredAt},`;
  if (event.kind === "tick") return `t${event.at},`;
  return `c${event.control.version},`;
}

function entryOf({ deviceId, seen }: Diary): StepOutput {
  const episode: AnomalyEpisode = {
    episodeId: `${deviceId}:${seen}`,
    deviceId,
    detector: "external",
    condition: seen,
    startedAt: 0,
    endedAt: null,
    peakScore: null,
    contributions: {},
    shadow: false,
  };
  return { transitions: [], episodes: [episode], signals: [], sample: null };
}
