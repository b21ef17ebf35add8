import { hostname } from "node:os";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import { type EpochMs, type Ms, SECOND } from "../../model/basics.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { SourceStatus } from "../../present/api/source-service.ts";

const PREFIX = "source-statuses:";
const TELL_EVERY_MS: Ms = 5 * SECOND;
/** What is older says nothing about now. */
const GONE_AFTER_MS: Ms = 30 * SECOND;
/** Of one source; the process that runs it shows all of them. */
const PARTS_MAX = 50;
const DETAILS_MAX = 50;

/** Tells in the records how the sources of this process stand, for the processes that serve the console. */
export async function tellStatuses(
  deps: { readonly records: RecordStore; readonly clock: Clock; readonly log: Log },
  supervisor: { list(): readonly SourceStatus[] },
  signal: AbortSignal,
): Promise<void> {
  const { records, clock, log } = deps;
  const name = `${PREFIX}${hostname()}:${process.pid}`;
  const failed = (failure: unknown): void =>
    log.warn("source.statuses.postponed", { error: String(failure) });
  const tell = async (): Promise<void> => {
    const statuses = supervisor.list().map(shortened);
    await records.transaction(async (tx) => {
      const patch = { value: { statuses }, updatedAt: clock.now() };
      if ((await tx.update("setting", { name }, patch)) === 0)
        await tx.insert("setting", { name, ...patch });
    });
  };
  while (!signal.aborted) {
    await tell().catch(failed);
    await clock.sleep(TELL_EVERY_MS, signal);
  }
  await records.transaction((tx) => tx.remove("setting", { name })).catch(failed);
}

/** What processes told lately, by source. */
export async function listTold(
  records: Pick<RecordStore, "read">,
  now: EpochMs,
): Promise<ReadonlyMap<string, SourceStatus>> {
  const rows = await records.read((tx) =>
    tx.list("setting", {
      where: { name: { contains: PREFIX }, updatedAt: { gt: now - GONE_AFTER_MS } },
      orderBy: [["updatedAt", "asc"]],
    }),
  );
  const statuses = rows.flatMap(
    ({ value }) => (value as { readonly statuses: readonly SourceStatus[] }).statuses,
  );
  return new Map(statuses.map((status) => [status.name, status]));
}

function shortened(status: SourceStatus): SourceStatus {
  const { state, skews, troubles } = status;
  return {
    ...status,
    state: state === null ? null : { ...state, parts: state.parts.slice(0, PARTS_MAX) },
    skews: skews.slice(0, DETAILS_MAX),
    troubles: troubles.slice(0, DETAILS_MAX),
  };
}
