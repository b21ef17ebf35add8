import { open, readFile, rename } from "node:fs/promises";
import { z } from "zod";
import type { IdSource } from "../../../kernel/ids.ts";
import type { Log } from "../../../kernel/log.ts";
import type { BusPosition, DeliveredRecord, EventBus } from "../../../ports/event-bus.ts";
import { busTopics } from "./codec.ts";

/** How far an outbox is carried, as it lies in the file. */
const stored = z.strictObject({
  format: z.literal(1),
  /** Name of the outbox, in every record that comes from it. */
  outbox: z.string().regex(/^\S+$/),
  /** Next record to carry. */
  next: z.record(z.string(), z.int().nonnegative()),
  /** The record before `next`: another outbox in the same place has another one there. */
  last: z
    .strictObject({ partition: z.string(), offset: z.int(), appendedAt: z.number() })
    .nullable(),
});

type Stored = z.infer<typeof stored>;

export const DRAIN_GROUP = "kafka-drain";

export interface DrainPosition {
  readonly outbox: string;
  readonly next: BusPosition;
  /** Everything up to this record is in Kafka. */
  moveTo(next: BusPosition, last: DeliveredRecord | undefined): void;
  /** Writes it down if it moved; a kill at any instant leaves the old or the new one, whole. */
  save(): Promise<void>;
}

export interface DrainPositionDeps {
  readonly path: string;
  readonly outbox: Pick<EventBus, "subscribe" | "health">;
  readonly ids: IdSource;
  readonly log: Log;
}

/**
 * Goes on where the file says, if it is about this outbox. When it is not (the log was removed, or restored from
 * a backup), everything that the outbox holds is carried again, under a new name: twice is harmless, skipped is lost.
 */
export async function openDrainPosition(deps: DrainPositionDeps): Promise<DrainPosition> {
  const found = await read(deps);
  if (found !== null && (await isAbout(deps.outbox, found))) return positionIn(deps.path, found);
  if (found !== null) deps.log.warn("bus.outbox.replaced", { was: found.outbox });
  return positionIn(deps.path, { format: 1, outbox: deps.ids.next(), next: {}, last: null }, true);
}

function positionIn(path: string, from: Stored, isNew = false): DrainPosition {
  let now = from;
  let moved = isNew;
  let saving: Promise<void> = Promise.resolve();
  return {
    outbox: from.outbox,
    get next() {
      return now.next;
    },
    moveTo: (next, last) => {
      const before =
        last === undefined
          ? now.last
          : { partition: last.partition, offset: last.offset, appendedAt: last.appendedAt };
      now = { ...now, next: { ...next }, last: before };
      moved = true;
    },
    save: () => {
      saving = saving.then(async () => {
        if (!moved) return;
        moved = false;
        await write(path, now);
      });
      return saving;
    },
  };
}

async function read({ path, log }: DrainPositionDeps): Promise<Stored | null> {
  try {
    return stored.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return null;
    log.warn("bus.position.unreadable", { path, error: String(failure) });
    return null;
  }
}

async function write(path: string, position: Stored): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(JSON.stringify(position));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function isAbout(
  outbox: DrainPositionDeps["outbox"],
  { next, last }: Stored,
): Promise<boolean> {
  const { end } = await outbox.health();
  if (Object.entries(next).some(([partition, at]) => (end[partition] ?? 0) < at)) return false;
  if (last === null) return true;
  const { signal } = new AbortController();
  const from = { [last.partition]: last.offset };
  const options = { topics: busTopics, group: DRAIN_GROUP, from, signal };
  for await (const { records } of outbox.subscribe(options)) {
    const [record] = records;
    // Deleted since, because it was carried: there is nothing to compare.
    if (record === undefined || record.offset !== last.offset) return true;
    return record.appendedAt === last.appendedAt;
  }
  return true;
}
