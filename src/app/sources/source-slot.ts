import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs, type RetryPolicy } from "../../kernel/retry.ts";
import { createStatusBoard, type StatusBoard } from "../../kernel/status-board.ts";
import { createSourceIntake, type SourceIntake } from "../../pipeline/ingest/source-intake.ts";
import type { ReadingSink, SourceAdapter, SourceState } from "../../ports/source-adapter.ts";

/** A source as it should run. */
export interface WantedSource {
  readonly name: string;
  readonly kind: string;
  readonly origin: "configuration" | "stored";
  readonly enabled: boolean;
  /** Another one: it is closed and opened anew. */
  readonly revision: string;
  /** Throws while it cannot be: a file is missing, a password cannot be read. It is tried again. */
  readonly open: () => Promise<SourceAdapter>;
}

export interface SlotDeps {
  readonly sink: ReadingSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** The place of one source: at most one adapter runs in it, and what happens in it touches no other. */
export interface SourceSlot {
  /** null: none. Takes effect by itself. */
  want(next: WantedSource | null): void;
  /** Resolves when what runs is what is wanted. */
  settled(): Promise<void>;
  readonly wanted: WantedSource | null;
  state(): SourceState;
  /** null: it never ran. */
  readonly intake: SourceIntake | null;
}

/** An adapter ends by itself only by a mistake of ours, or because it could not be opened. */
const policy: RetryPolicy = { baseMs: 1_000, maxMs: 30_000, attempts: null };
/** The part of a source that has no adapter yet. */
const OPENING = "opening";

interface Running {
  readonly revision: string;
  readonly intake: SourceIntake;
  state(): SourceState;
  /** Resolves when the adapter has ended: what it handed in is acknowledged, the rest is not. */
  stop(): Promise<void>;
}

export function createSourceSlot(deps: SlotDeps): SourceSlot {
  const idle = createStatusBoard(deps.clock, [OPENING]);
  let wanted: WantedSource | null = null;
  let running: Running | null = null;
  let settling: Promise<void> | null = null;
  let lastIntake: SourceIntake | null = null;

  const isSettled = (): boolean => {
    const revision = wanted?.enabled === true ? wanted.revision : null;
    return revision === (running?.revision ?? null);
  };
  const settle = async (): Promise<void> => {
    while (!isSettled()) {
      // First the old one ends: two would take the same messages, or hold the same port.
      await running?.stop();
      running = wanted?.enabled === true ? start(wanted, deps) : null;
      if (running !== null) lastIntake = running.intake;
    }
    settling = null;
  };
  return {
    want: (next) => {
      wanted = next;
      if (!isSettled()) settling ??= settle();
    },
    settled: async () => void (await settling),
    get wanted() {
      return wanted;
    },
    get intake() {
      return lastIntake;
    },
    state: () => running?.state() ?? idle.whole(),
  };
}

function start(wanted: WantedSource, deps: SlotDeps): Running {
  const stop = new AbortController();
  const { signal } = stop;
  const { sink, clock, log, random } = deps;
  const intake = createSourceIntake({ sink, name: wanted.name, clock, log, random, signal });
  const board = createStatusBoard(clock, [OPENING]);
  let adapter: SourceAdapter | null = null;
  const done = keepRunning(wanted, deps, {
    board,
    signal,
    run: async (opened) => {
      adapter = opened;
      try {
        await opened.run(intake, signal);
      } finally {
        // One that failed tells no more than that it has stopped; why is on the board.
        if (!signal.aborted) adapter = null;
      }
    },
  });
  return {
    revision: wanted.revision,
    intake,
    state: () => adapter?.state() ?? board.whole(),
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

/** Runs the adapter until the signal aborts; never throws. */
async function keepRunning(
  { name, open }: WantedSource,
  { clock, log, random }: SlotDeps,
  life: {
    readonly board: StatusBoard;
    readonly signal: AbortSignal;
    readonly run: (adapter: SourceAdapter) => Promise<void>;
  },
): Promise<void> {
  const { board, signal, run } = life;
  board.set(OPENING, "connecting");
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await run(await open());
    } catch (failure) {
      const error = failure instanceof Error ? failure.message : String(failure);
      if (board.set(OPENING, "failed", error)) log.error("source.failed", { source: name, error });
    }
    if (!signal.aborted) await clock.sleep(backoffMs(policy, attempt, random()), signal);
  }
  board.set(OPENING, "stopped");
}
