import { hostname } from "node:os";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { type EpochMs, MINUTE, type Ms, SECOND } from "../../model/basics.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { productVersion } from "../repository.ts";
import type { RoleName } from "./parts.ts";

/** A process of the cluster as it last told of itself. */
export interface Presence {
  readonly role: RoleName;
  readonly host: string;
  readonly pid: number;
  readonly apiUrl: string;
  readonly version: string;
  readonly startedAt: EpochMs;
  readonly seenAt: EpochMs;
}

const PREFIX = "presence:";
const TELL_EVERY_MS: Ms = 10 * SECOND;
/** Who was not heard of for this long has ended. */
const GONE_AFTER_MS: Ms = MINUTE;

/** Tells of this process in the records until the signal aborts, then takes it back. */
export async function runPresence(
  deps: {
    readonly records: RecordStore;
    readonly clock: Clock;
    readonly log: Log;
    readonly role: RoleName;
    readonly apiUrl: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const { records, clock, log, role, apiUrl } = deps;
  const name = `${PREFIX}${role}:${hostname()}:${process.pid}`;
  const startedAt = clock.now();
  const tell = async (): Promise<void> => {
    const seenAt = clock.now();
    const value: Presence = {
      ...{ role, host: hostname(), pid: process.pid, apiUrl },
      ...{ version: productVersion, startedAt, seenAt },
    };
    await records.transaction(async (tx) => {
      const patch = { value: { ...value }, updatedAt: seenAt };
      if ((await tx.update("setting", { name }, patch)) === 0)
        await tx.insert("setting", { name, ...patch });
    });
  };
  const failed = (failure: unknown): void =>
    log.warn("presence.postponed", { error: String(failure) });
  while (!signal.aborted) {
    await tell().catch(failed);
    await clock.sleep(TELL_EVERY_MS, signal);
  }
  await records.transaction((tx) => tx.remove("setting", { name })).catch(failed);
}

/** Who told of itself lately, by role. */
export async function listPresences(
  records: RecordStore,
  now: EpochMs,
): Promise<readonly Presence[]> {
  const rows = await records.read((tx) =>
    tx.list("setting", {
      where: { name: { contains: PREFIX }, updatedAt: { gt: now - GONE_AFTER_MS } },
      orderBy: [["name", "asc"]],
    }),
  );
  return rows.map(({ value }) => value as unknown as Presence);
}
