import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { IdSource } from "../../../kernel/ids.ts";
import type { Principal } from "../../../model/access.ts";
import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import { createSearchIndex, type SearchIndex } from "./search-index.ts";
import { seedEntries } from "./seed-entries.ts";

/** What a person writes of an entry; id, version and time are added. */
export type KnowledgeContent = Omit<KnowledgeEntry, "kbId" | "version" | "createdAt">;

/** Who writes and why. */
interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

/** Applies to every type of device. */
export const GENERIC = "generic";

export interface KnowledgeBase {
  /** Stores the entries that IAI ships when there are none at all; a plant's own are never touched. */
  seed(): Promise<void>;
  /**
   * Active entries for a type of device (its own and the generic ones), best match first; an empty query gives
   * all of them in order of their ids. `deviceType` null: of every type.
   */
  search(options: {
    readonly query: string;
    readonly deviceType: string | null;
    readonly limit: number;
  }): Promise<readonly KnowledgeEntry[]>;
  list(filter?: {
    readonly deviceType?: string;
    readonly status?: KnowledgeEntry["status"];
  }): Promise<readonly KnowledgeEntry[]>;
  /** Throws NOT_FOUND. */
  get(kbId: string): Promise<KnowledgeEntry>;
  create(content: KnowledgeContent, by: By): Promise<KnowledgeEntry>;
  /** Replaces the content as the next version; the version before stays in the history. Throws NOT_FOUND. */
  put(kbId: string, content: KnowledgeContent, by: By): Promise<KnowledgeEntry>;
}

interface KnowledgeDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Another process may have changed the rows: the index is read again after this time. */
const INDEX_AGE_MS = 60_000;

/** The maintenance knowledge base: rows in the record store, searched in memory. */
export function createKnowledgeBase(deps: KnowledgeDeps): KnowledgeBase {
  const { records, clock } = deps;
  let cached: { readonly index: SearchIndex; readonly all: readonly KnowledgeEntry[] } | null =
    null;
  let readAt = 0;

  const current = async (): Promise<NonNullable<typeof cached>> => {
    if (cached !== null && clock.monotonic() - readAt < INDEX_AGE_MS) return cached;
    const all = await records.read((tx) =>
      tx.list("maintenance_kb", { where: { status: "ACTIVE" }, orderBy: [["kbId", "asc"]] }),
    );
    cached = { index: createSearchIndex(all), all };
    readAt = clock.monotonic();
    return cached;
  };

  const changed = <T>(result: T): T => {
    cached = null;
    return result;
  };

  return {
    seed: async () => changed(await records.transaction((tx) => seedInto(tx, clock.now()))),
    search: async ({ query, deviceType, limit }) => {
      const { index, all } = await current();
      const accept = (entry: KnowledgeEntry): boolean => appliesTo(entry, deviceType);
      const found = query.trim() === "" ? all.filter(accept) : index.search(query, accept);
      return found.slice(0, limit);
    },
    list: ({ deviceType, status } = {}) =>
      records.read((tx) =>
        tx.list("maintenance_kb", {
          where: {
            ...(deviceType === undefined ? {} : { deviceType }),
            ...(status === undefined ? {} : { status }),
          },
          orderBy: [["kbId", "asc"]],
        }),
      ),
    get: (kbId) => records.read((tx) => getEntry(tx, kbId)),
    create: async (content, by) => {
      const kbId = `KB-${deps.ids.next()}`;
      const entry = { ...content, kbId, version: 1, createdAt: clock.now() };
      await records.transaction(async (tx) => {
        await tx.insert("maintenance_kb", entry);
        await remember(tx, deps, { entry, by, action: "create", before: null });
      });
      return changed(entry);
    },
    put: async (kbId, content, by) =>
      changed(
        await records.transaction(async (tx) => {
          const before = await getEntry(tx, kbId);
          const version = before.version + 1;
          const entry = { ...content, kbId, version, createdAt: before.createdAt };
          await tx.update("maintenance_kb", { kbId, version: before.version }, entry);
          await remember(tx, deps, { entry, by, action: "change", before });
          return entry;
        }),
      ),
  };
}

/** True for a generic entry and for one whose type is the device's or a word of it (`centrifugal_pump`). */
export function appliesTo(entry: KnowledgeEntry, deviceType: string | null): boolean {
  if (deviceType === null) return true;
  const own = entry.deviceType.toLowerCase();
  const asked = deviceType.toLowerCase();
  return own === GENERIC || own === asked || asked.split(/[^\p{L}\p{N}]+/u).includes(own);
}

async function seedInto(tx: RecordTransaction, now: number): Promise<void> {
  if ((await tx.count("maintenance_kb", {})) > 0) return;
  for (const entry of seedEntries) {
    await tx.insert("maintenance_kb", { ...entry, createdAt: now });
  }
}

async function getEntry(
  tx: Pick<RecordTransaction, "find">,
  kbId: string,
): Promise<KnowledgeEntry> {
  const entry = await tx.find("maintenance_kb", { kbId });
  if (entry !== null) return entry;
  throw new IaiError("NOT_FOUND", `Cannot read knowledge entry "${kbId}": there is none`);
}

async function remember(
  tx: RecordTransaction,
  deps: KnowledgeDeps,
  change: {
    readonly entry: KnowledgeEntry;
    readonly by: By;
    readonly action: string;
    readonly before: KnowledgeEntry | null;
  },
): Promise<void> {
  const { entry, by, action, before } = change;
  await tx.insert("history", {
    historyId: deps.ids.next(),
    subject: "kb",
    subjectId: entry.kbId,
    at: deps.clock.now(),
    actor: by.principal.name,
    action,
    reason: by.reason,
    detail: { version: entry.version, before },
  });
}
