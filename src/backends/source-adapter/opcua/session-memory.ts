import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { Ms } from "../../../model/basics.ts";

const remembered = z.object({
  /** What waits at the server for our return. */
  subscription: z
    .object({ id: z.int(), fingerprint: z.string(), startedAt: z.number().nullable() })
    .nullable()
    .default(null),
  /** Everything that the server told until then is on disk; its clock. */
  storedUntil: z.number().nullable().default(null),
  /** Where an unfinished look into its history began; null: there is none. */
  historyFrom: z.number().nullable().default(null),
});

export type Remembered = z.infer<typeof remembered>;

/**
 * What must be known after a kill -9 to lose nothing that the server still has. Being behind does no harm: what is asked
 * for twice is known by its device and time.
 */
export interface SessionMemory {
  read(): Remembered;
  /** Written at once, but for the mark, which is written every few seconds. */
  note(change: Partial<Remembered>): void;
  flush(): void;
}

/** Of a session that leaves no trace. */
export function createForgetfulMemory(): SessionMemory {
  const nothing = remembered.parse({});
  return { read: () => nothing, note: () => undefined, flush: () => undefined };
}

const MARK_EVERY_MS: Ms = 2_000;

export function openSessionMemory(
  path: string,
  { clock, log }: { readonly clock: Pick<Clock, "monotonic">; readonly log: Log },
): SessionMemory {
  let now = load(path, log);
  let writtenAt: Ms | null = null;
  const write = (): void => {
    writtenAt = clock.monotonic();
    const draft = `${path}.${randomBytes(4).toString("hex")}`;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify(now), { mode: 0o600 });
    renameSync(draft, path);
  };
  return {
    read: () => now,
    note: (change) => {
      now = { ...now, ...change };
      const isMark = change.subscription === undefined && change.historyFrom === undefined;
      const isFresh = writtenAt !== null && clock.monotonic() - writtenAt < MARK_EVERY_MS;
      if (!isMark || !isFresh) write();
    },
    flush: write,
  };
}

function load(path: string, log: Log): Remembered {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return remembered.parse({});
  }
  try {
    return remembered.parse(JSON.parse(text));
  } catch (failure) {
    // Half a file after a power cut: begin as at the first start.
    log.warn("source.memory.unreadable", { path, error: String(failure) });
    return remembered.parse({});
  }
}
