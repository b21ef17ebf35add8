import { emitDeadLetter } from "./dead-letter.ts";
import type { LineJob, Steps, StepsDeps } from "./job.ts";
import { type Keyed, KeyedMemory } from "./keyed-memory.ts";

interface LineEntry<State> extends Keyed {
  state: State;
}

/** Runs a job over lines: each goes to its device, in the order of its partition. Nothing is shared. */
export function createLineSteps<State>(job: LineJob<State>, deps: StepsDeps): Steps {
  const { host, emit, options } = deps;
  const memory = new KeyedMemory<LineEntry<State>>({
    form: `${job.name}@${job.stateVersion}`,
    toSaved: ({ state }) => state,
    fromSaved: (state) => ({ state: state as State, dirty: false, touchedAt: 0 }),
    mayRest: () => true,
    find: (deviceId) => host.find(deviceId),
    idleMs: options.idleMs,
  });
  return {
    take: (frame) => {
      let entry = memory.find(frame.key);
      try {
        if (entry === null) {
          entry = { state: job.initial(frame.key), dirty: true, touchedAt: 0 };
          memory.put(frame.key, entry);
        }
        const { state, at } = job.step(entry.state, frame.value, emit);
        entry.state = state;
        memory.advance(at);
        memory.touch(entry);
      } catch (failure) {
        emitDeadLetter(emit, job.name, frame, failure);
      }
    },
    restore: () => undefined,
    load: (deviceId, text) => void memory.load(deviceId, text),
    begin: () => undefined,
    flush: (write) => memory.flush(write),
    shared: () => "",
    waiting: () => 0,
  };
}
