import { createHash } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { EpochMs } from "../../model/basics.ts";
import type { QuarantineRow } from "../../model/records.ts";
import type { ListQuery, RecordStore, RecordTransaction } from "../../ports/record-store.ts";

export interface QuarantineDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Rows, and characters of base64 text, at most. */
  readonly bounds?: { readonly rows: number; readonly chars: number };
}

/** Something that was refused. */
export interface QuarantineItem {
  readonly source: string;
  readonly code: string;
  readonly detail: string;
  readonly deviceId: string | null;
  readonly raw: Uint8Array;
  /** Of what may be told again though it happened once: with the same id it is one row and is not counted again. */
  readonly id?: string;
}

/**
 * Keeps what was refused, with its raw bytes, the reason and where it came from. The same bytes for the same
 * reason are one row with a count. Full: the oldest rows make room and are counted.
 */
export interface Quarantine {
  /** Resolves when the items are durable. */
  add(items: readonly QuarantineItem[]): Promise<void>;
  list(query: ListQuery<"quarantine">): Promise<readonly QuarantineRow[]>;
  get(quarantineId: string): Promise<QuarantineRow>;
  markReplayed(quarantineId: string): Promise<void>;
  /** Rows that had to make room since the start. */
  evicted(): number;
}

/** Bytes of one item that are kept; its SHA-256 is of all of them. */
const RAW_BYTES = 64 * 1024;
/** 100,000 rows, 256 MiB in base64. */
const BOUNDS = { rows: 100_000, chars: (256 * 1024 * 1024 * 4) / 3 };
/** Rows that go at once when it is full, so that not every refusal deletes. */
const EVICT_ROWS = 100;

export function createQuarantine(deps: QuarantineDeps): Quarantine {
  const { records, clock, bounds = BOUNDS } = deps;
  let evicted = 0;
  return {
    add: async (items) => {
      if (items.length === 0) return;
      evicted += await records.transaction(async (tx) => {
        const size = { rows: await read(tx, ROWS), chars: await read(tx, CHARS) };
        for (const item of items) {
          const chars = await store(tx, item, deps);
          size.rows += chars > 0 ? 1 : 0;
          size.chars += chars;
        }
        const full = size.rows > bounds.rows || size.chars > bounds.chars;
        const gone = full ? await evict(tx, size) : 0;
        await write(tx, ROWS, size.rows);
        await write(tx, CHARS, size.chars);
        return gone;
      });
    },
    list: (query) => records.read((tx) => tx.list("quarantine", query)),
    get: async (quarantineId) => {
      const row = await records.read((tx) => tx.find("quarantine", { quarantineId }));
      if (row !== null) return row;
      throw new IaiError("NOT_FOUND", `Cannot find "${quarantineId}" in quarantine: no such item`);
    },
    markReplayed: async (quarantineId) => {
      const patch = { replayedAt: clock.now() };
      await records.transaction((tx) => tx.update("quarantine", { quarantineId }, patch));
    },
    evicted: () => evicted,
  };
}

/** Counters beside the table, so that its size is known without reading it. */
const ROWS = "quarantine_rows";
const CHARS = "quarantine_chars";

interface Size {
  rows: number;
  /** Characters of the base64 texts. */
  chars: number;
}

/** Characters that were stored; 0: the same was there. */
async function store(
  tx: RecordTransaction,
  item: QuarantineItem,
  { clock, ids }: QuarantineDeps,
): Promise<number> {
  const sha256 = createHash("sha256").update(item.raw).digest("hex");
  const { source, code, detail, deviceId, id } = item;
  const at = clock.now();
  if (id === undefined && (await countAgain(tx, { sha256, code, source }, at))) return 0;
  const raw = Buffer.from(item.raw.subarray(0, RAW_BYTES)).toString("base64");
  const about = { source, code, detail, deviceId, raw, sha256 };
  const row = { quarantineId: id ?? ids.next(), at, ...about, count: 1, replayedAt: null };
  return (await tx.insert("quarantine", row)) ? Math.max(1, raw.length) : 0;
}

/** True: the same bytes were refused for the same reason before. */
async function countAgain(
  tx: RecordTransaction,
  same: Pick<QuarantineRow, "sha256" | "code" | "source">,
  at: EpochMs,
): Promise<boolean> {
  const row = await tx.find("quarantine", same);
  if (row === null) return false;
  const { quarantineId, count } = row;
  await tx.update("quarantine", { quarantineId }, { count: count + 1, at });
  return true;
}

async function evict(tx: RecordTransaction, size: Size): Promise<number> {
  const oldest = await tx.list("quarantine", { orderBy: [["at", "asc"]], limit: EVICT_ROWS });
  for (const { quarantineId, raw } of oldest) {
    await tx.remove("quarantine", { quarantineId });
    size.chars -= Math.max(1, raw.length);
  }
  size.rows -= oldest.length;
  return oldest.length;
}

async function read(tx: RecordTransaction, name: string): Promise<number> {
  return (await tx.find("counter", { name }))?.value ?? 0;
}

async function write(tx: RecordTransaction, name: string, value: number): Promise<void> {
  if ((await tx.update("counter", { name }, { value })) === 0) {
    await tx.insert("counter", { name, value });
  }
}
