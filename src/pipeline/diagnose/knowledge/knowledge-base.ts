import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { IdSource } from "../../../kernel/ids.ts";
import type { Principal } from "../../../model/access.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { KnowledgeEntry } from "../../../model/diagnosis.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import { appliesToType, GENERIC } from "./device-types.ts";
import { createSearchIndex, type SearchIndex } from "./search-index.ts";
import { seedEntries } from "./seed-entries.ts";
import { ship } from "./ship-entries.ts";
import type { Symptom } from "./symptoms.ts";

/** What a person writes of an entry; id, version and time are added. */
export type KnowledgeContent = Omit<
  KnowledgeEntry,
  "kbId" | "version" | "shippedRevision" | "createdAt"
>;

/** Who writes and why. */
interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

/** One earlier or present state of an entry. */
export interface KnowledgeVersion {
  readonly version: number;
  /** When and by whom it was replaced; null: it is in force. */
  readonly replaced: {
    readonly at: EpochMs;
    readonly actor: string;
    readonly action: string;
    readonly reason: string | null;
  } | null;
  readonly entry: KnowledgeEntry;
}

export interface KnowledgeBase {
  /**
   * Stores the shipped entries that are missing, and newer texts of those that no person has touched. What people
   * wrote or edited is never changed.
   */
  seed(): Promise<void>;
  /**
   * Active entries for a type of device (its own and the generic ones), best match first; an empty query gives
   * all of them, those of the type first. `deviceType` null: of every type. `symptoms` move entries up whose signs
   * agree with them. With `includeProposed` those that wait for a person are found too, below the others.
   */
  search(options: {
    readonly query: string;
    readonly deviceType: string | null;
    readonly limit: number;
    readonly symptoms?: readonly Symptom[];
    readonly includeProposed?: boolean;
  }): Promise<readonly KnowledgeEntry[]>;
  list(filter?: {
    readonly deviceType?: string;
    readonly status?: KnowledgeEntry["status"];
  }): Promise<readonly KnowledgeEntry[]>;
  /** Throws NOT_FOUND. */
  get(kbId: string): Promise<KnowledgeEntry>;
  /** Newest first. Throws NOT_FOUND. */
  versions(kbId: string): Promise<readonly KnowledgeVersion[]>;
  /** Throws CONFLICT where `kbId` is given and taken. */
  create(content: KnowledgeContent, by: By, kbId?: string): Promise<KnowledgeEntry>;
  /**
   * Replaces the content as the next version; the version before stays in the history. Throws NOT_FOUND, and
   * CONFLICT when `expectedVersion` is no longer the present one.
   */
  put(
    kbId: string,
    content: KnowledgeContent,
    by: By & { readonly expectedVersion?: number },
  ): Promise<KnowledgeEntry>;
  /** Puts an entry in force (`ACTIVE`), takes it out (`RETIRED`). Throws NOT_FOUND. */
  setStatus(kbId: string, status: KnowledgeEntry["status"], by: By): Promise<KnowledgeEntry>;
}

interface KnowledgeDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Another process may have changed the rows: the index is read again after this time. */
const INDEX_AGE_MS = 60_000;
const VERSIONS_MAX = 200;

interface Read {
  /** By id and version: what is the same row is the same object, so that it is not indexed again. */
  readonly rows: ReadonlyMap<string, KnowledgeEntry>;
  readonly inForce: readonly KnowledgeEntry[];
  readonly active: SearchIndex;
  readonly withProposed: SearchIndex;
}

/** The maintenance knowledge base: rows in the record store, searched in memory. */
export function createKnowledgeBase(deps: KnowledgeDeps): KnowledgeBase {
  const { records, clock } = deps;
  let cached: Read | null = null;
  let readAt = Number.NEGATIVE_INFINITY;

  const current = async (): Promise<Read> => {
    if (cached !== null && clock.monotonic() - readAt < INDEX_AGE_MS) return cached;
    const rows = await records.read((tx) => tx.list("maintenance_kb", byId));
    readAt = clock.monotonic();
    cached = readAgain(rows, cached);
    return cached;
  };
  const changed = <T>(result: T): T => {
    readAt = Number.NEGATIVE_INFINITY;
    return result;
  };
  const replace = async (
    kbId: string,
    by: By & { readonly expectedVersion?: number },
    next: (before: KnowledgeEntry) => KnowledgeContent,
  ): Promise<KnowledgeEntry> =>
    changed(
      await records.transaction((tx) =>
        replaceEntry(tx, deps, { kbId, by, next, action: "change" }),
      ),
    );

  return {
    seed: async () => {
      const nextId = () => deps.ids.next();
      await records.transaction((tx) => ship(tx, seedEntries, { now: clock.now(), nextId }));
      changed(null);
    },
    search: async ({ query, deviceType, limit, symptoms = [], includeProposed = false }) => {
      const { inForce, active, withProposed } = await current();
      const accepts = (type: string): boolean => appliesToType(type, deviceType);
      if (query.trim() === "") return ownFirst(inForce, accepts).slice(0, limit);
      return (includeProposed ? withProposed : active).search(query, { accepts, limit, symptoms });
    },
    list: ({ deviceType, status } = {}) =>
      records.read((tx) =>
        tx.list("maintenance_kb", {
          where: {
            ...(deviceType === undefined ? {} : { deviceType }),
            ...(status === undefined ? {} : { status }),
          },
          ...byId,
        }),
      ),
    get: (kbId) => records.read((tx) => getEntry(tx, kbId)),
    versions: (kbId) => records.read((tx) => versionsOf(tx, kbId)),
    create: async (content, by, kbId = `KB-${deps.ids.next()}`) => {
      const stamp = { kbId, version: 1, shippedRevision: null, createdAt: clock.now() };
      const entry: KnowledgeEntry = { ...content, ...stamp };
      await records.transaction(async (tx) => {
        if (!(await tx.insert("maintenance_kb", entry))) throw isTaken(kbId);
        await remember(tx, deps, { entry, by, action: "create", before: null });
      });
      return changed(entry);
    },
    put: (kbId, content, by) => replace(kbId, by, () => content),
    setStatus: (kbId, status, by) => replace(kbId, by, (before) => ({ ...before, status })),
  };
}

const byId = { orderBy: [["kbId", "asc"]] } as const;

/** The rows as they are now; the index is made anew only where one of them changed. */
function readAgain(fresh: readonly KnowledgeEntry[], before: Read | null): Read {
  const known = fresh.map((row): readonly [string, KnowledgeEntry] => {
    const key = `${row.kbId} ${row.version}`;
    return [key, before?.rows.get(key) ?? row];
  });
  const isSame = before?.rows.size === known.length && known.every(([key]) => before.rows.has(key));
  return isSame ? before : readOf(new Map(known));
}

function readOf(byVersion: ReadonlyMap<string, KnowledgeEntry>): Read {
  const rows = [...byVersion.values()];
  const inForce = rows.filter((row) => row.status === "ACTIVE" && row.supersededBy === null);
  return {
    rows: byVersion,
    inForce,
    active: createSearchIndex(inForce),
    withProposed: createSearchIndex(rows.filter(({ status }) => status !== "RETIRED")),
  };
}

/** True for a generic entry and for one whose type is the device's or a word of it (`centrifugal_pump`). */
export function appliesTo(entry: KnowledgeEntry, deviceType: string | null): boolean {
  return appliesToType(entry.deviceType, deviceType);
}

function ownFirst(
  entries: readonly KnowledgeEntry[],
  accepts: (deviceType: string) => boolean,
): readonly KnowledgeEntry[] {
  const accepted = entries.filter(({ deviceType }) => accepts(deviceType));
  const isGeneric = ({ deviceType }: KnowledgeEntry): boolean => deviceType === GENERIC;
  return [...accepted.filter((entry) => !isGeneric(entry)), ...accepted.filter(isGeneric)];
}

async function getEntry(
  tx: Pick<RecordTransaction, "find">,
  kbId: string,
): Promise<KnowledgeEntry> {
  const entry = await tx.find("maintenance_kb", { kbId });
  if (entry !== null) return entry;
  throw new IaiError("NOT_FOUND", `Cannot read knowledge entry "${kbId}": there is none`);
}

function isTaken(kbId: string): IaiError {
  return new IaiError(
    "CONFLICT",
    `Cannot write knowledge entry "${kbId}": there is one of this id; nothing was written`,
  );
}

async function replaceEntry(
  tx: RecordTransaction,
  deps: KnowledgeDeps,
  change: {
    readonly kbId: string;
    readonly by: By & { readonly expectedVersion?: number };
    readonly action: string;
    readonly next: (before: KnowledgeEntry) => KnowledgeContent;
  },
): Promise<KnowledgeEntry> {
  const { kbId, by, action, next } = change;
  const before = await getEntry(tx, kbId);
  const { version, createdAt } = before;
  if (by.expectedVersion !== undefined && by.expectedVersion !== version)
    throw new IaiError(
      "CONFLICT",
      `Cannot change knowledge entry "${kbId}": version ${version} is in force, not ${by.expectedVersion}; nothing was written`,
      { data: { version } },
    );
  const stamp = { kbId, version: version + 1, shippedRevision: null, createdAt };
  const entry: KnowledgeEntry = { ...next(before), ...stamp };
  await tx.update("maintenance_kb", { kbId, version }, entry);
  await remember(tx, deps, { entry, by, action, before });
  return entry;
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

async function versionsOf(
  tx: Pick<RecordTransaction, "find" | "list">,
  kbId: string,
): Promise<readonly KnowledgeVersion[]> {
  const entry = await getEntry(tx, kbId);
  const rows = await tx.list("history", {
    where: { subject: "kb", subjectId: kbId },
    orderBy: [["at", "desc"]],
    limit: VERSIONS_MAX,
  });
  const earlier = rows.flatMap(({ at, actor, action, reason, detail }): KnowledgeVersion[] => {
    const before = detail["before"] as KnowledgeEntry | null | undefined;
    if (before === null || before === undefined) return [];
    return [{ version: before.version, replaced: { at, actor, action, reason }, entry: before }];
  });
  const all = [{ version: entry.version, replaced: null, entry }, ...earlier];
  return all.sort((a, b) => b.version - a.version);
}
