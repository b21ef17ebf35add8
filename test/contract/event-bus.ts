import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { IaiError } from "../../src/kernel/errors.ts";
import type {
  BusBatch,
  BusPosition,
  BusRecord,
  DeliveredRecord,
  EventBus,
  SubscribeOptions,
  Topic,
} from "../../src/ports/event-bus.ts";

/** A bus on storage of its own, as a backend's test file provides it. */
export interface EventBusBench {
  readonly bus: EventBus;
  /** Closes the bus and opens it again on the same storage. */
  reopen(): Promise<EventBus>;
  /** Makes the storage refuse with `code`; the returned function undoes it. */
  refuse(code: "LOG_FULL" | "STORAGE_LOW"): Promise<() => Promise<void>>;
  dispose(): Promise<void>;
}

/** Names of promises that a backend cannot keep, each with its reason. */
export type Gaps = Readonly<Record<string, string>>;

const everything: readonly Topic[] = ["raw_sensor_data", "control", "alerts"];

/** A record with a number in it. */
export function aRecord(number: number, key = "P1", topic: Topic = "raw_sensor_data"): BusRecord {
  return { topic, key, value: Buffer.from(`${key}:${number}`) };
}

/** Reads until `count` records have arrived, then stops. */
export async function take(
  bus: Pick<EventBus, "subscribe">,
  count: number,
  options: Partial<Omit<SubscribeOptions, "signal">> = {},
): Promise<{ records: DeliveredRecord[]; next: BusPosition; batches: BusBatch[] }> {
  const records: DeliveredRecord[] = [];
  const batches: BusBatch[] = [];
  const abort = new AbortController();
  const wanted = { topics: everything, group: "test", from: null, ...options };
  for await (const batch of bus.subscribe({ ...wanted, signal: abort.signal })) {
    batches.push(batch);
    records.push(...batch.records);
    if (records.length >= count) break;
  }
  return { records, next: batches.at(-1)?.next ?? {}, batches };
}

/** What a record says, comparable. */
export function textOf(record: BusRecord): string {
  return Buffer.from(record.value).toString();
}

async function textsUpTo(bus: EventBus, last: string): Promise<string[]> {
  const texts: string[] = [];
  const { signal } = new AbortController();
  const options = { topics: everything, group: "test", from: null, signal };
  for await (const batch of bus.subscribe(options)) {
    texts.push(...batch.records.map(textOf));
    if (texts.includes(last)) break;
  }
  return texts;
}

/** What every event bus promises. */
export function eventBusContract(
  name: string,
  open: () => Promise<EventBusBench>,
  options: { readonly gaps: Gaps },
): void {
  describe(`event bus "${name}"`, () => {
    let bench: EventBusBench;
    const promise = (sentence: string, test: () => Promise<void>): void => {
      const gap = options.gaps[sentence];
      it(sentence, gap === undefined ? {} : { skip: gap }, test);
    };
    beforeEach(async () => {
      bench = await open();
    });
    afterEach(() => bench.dispose());

    deliveryPromises(promise, () => bench);
    storagePromises(promise, () => bench);
  });
}

type PromiseTest = (sentence: string, test: () => Promise<void>) => void;

function deliveryPromises(promise: PromiseTest, bench: () => EventBusBench): void {
  promise("gives back topic, key and bytes as they were published", async () => {
    const { bus } = bench();
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    await bus.publish([{ topic: "alerts", key: "泵:1", value }]);
    const [record] = (await take(bus, 1)).records;
    assert.deepEqual(
      [record?.topic, record?.key, record && new Uint8Array(record.value)],
      ["alerts", "泵:1", value],
    );
  });

  promise("keeps the order of a key over concurrent requests", async () => {
    const { bus } = bench();
    const requests = Array.from({ length: 200 }, (_, i) =>
      bus.publish([aRecord(2 * i), aRecord(2 * i + 1)]),
    );
    await Promise.all(requests);
    const { records } = await take(bus, 400);
    assert.deepEqual(
      records.map(textOf),
      Array.from({ length: 400 }, (_, i) => `P1:${i}`),
    );
  });

  promise("numbers its records without gaps in one order over all keys", async () => {
    const { bus } = bench();
    assert.equal(bus.capabilities.totalOrder, true);
    const first = await bus.publish([aRecord(1, "A"), aRecord(2, "B")]);
    const second = await bus.publish([aRecord(3, "C", "control")]);
    assert.equal(second.firstOffset, (first.firstOffset ?? 0) + 2);
    const { records } = await take(bus, 3);
    assert.deepEqual(
      records.map(({ offset }) => offset - (first.firstOffset ?? 0)),
      [0, 1, 2],
    );
  });

  promise("replays from the position a consumer stored", async () => {
    const { bus } = bench();
    await bus.publish([aRecord(1), aRecord(2)]);
    const { next } = await take(bus, 2);
    await bus.publish([aRecord(3), aRecord(4)]);
    const again = await take(bus, 2, { from: next });
    assert.deepEqual(again.records.map(textOf), ["P1:3", "P1:4"]);
  });

  promise("begins inside what was published in one request", async () => {
    const { bus } = bench();
    await bus.publish(Array.from({ length: 10 }, (_, i) => aRecord(i)));
    const { records } = await take(bus, 10);
    const middle = records[6];
    assert(middle !== undefined);
    const rest = await take(bus, 4, { from: { [middle.partition]: middle.offset } });
    assert.deepEqual(rest.records.map(textOf), ["P1:6", "P1:7", "P1:8", "P1:9"]);
  });

  promise("delivers only the topics asked for", async () => {
    const { bus } = bench();
    await bus.publish([aRecord(1), aRecord(2, "P1", "control"), aRecord(3)]);
    const { records } = await take(bus, 1, { topics: ["control"] });
    assert.deepEqual(records.map(textOf), ["P1:2"]);
  });

  promise("delivers what is published while a consumer waits", async () => {
    const { bus } = bench();
    const waiting = take(bus, 1);
    await bus.publish([aRecord(1)]);
    assert.deepEqual((await waiting).records.map(textOf), ["P1:1"]);
  });

  promise("cuts a long log into bounded batches", async () => {
    const { bus } = bench();
    await bus.publish(Array.from({ length: 3_000 }, (_, i) => aRecord(i)));
    const { records, batches } = await take(bus, 3_000);
    assert.equal(records.length, 3_000);
    assert.ok(batches.every((batch) => batch.records.length <= 1_000));
  });

  promise("ends the iteration when the signal aborts, and keeps what was accepted", async () => {
    const { bus } = bench();
    await bus.publish([aRecord(1)]);
    const abort = new AbortController();
    const seen: string[] = [];
    const { signal } = abort;
    const options = { topics: everything, group: "test", from: null, signal };
    for await (const batch of bus.subscribe(options)) {
      seen.push(...batch.records.map(textOf));
      setImmediate(() => abort.abort());
    }
    assert.deepEqual(seen, ["P1:1"]);
    assert.deepEqual((await take(bus, 1)).records.map(textOf), ["P1:1"]);
  });
}

function storagePromises(promise: PromiseTest, bench: () => EventBusBench): void {
  promise("keeps everything across a restart and goes on numbering", async () => {
    const { bus } = bench();
    const before = await bus.publish([aRecord(1), aRecord(2)]);
    const again = await bench().reopen();
    const after = await again.publish([aRecord(3)]);
    // Without a total order a number is given by whoever brings the records into their order.
    if (again.capabilities.totalOrder)
      assert.equal(after.firstOffset, (before.firstOffset ?? 0) + 2);
    assert.deepEqual((await take(again, 3)).records.map(textOf), ["P1:1", "P1:2", "P1:3"]);
  });

  for (const code of ["LOG_FULL", "STORAGE_LOW"] as const) {
    promise(
      `refuses with ${code}, stores nothing of the request, and goes on afterwards`,
      async () => {
        const { bus } = bench();
        await bus.publish([aRecord(1)]);
        const relieve = await bench().refuse(code);
        await assert.rejects(
          bus.publish([aRecord(2)]),
          (failure) => failure instanceof IaiError && failure.code === code,
        );
        assert.equal((await bus.health()).refusing?.code, code);
        await relieve();
        await bus.publish([aRecord(3)]);
        assert.equal((await bus.health()).refusing, null);
        const texts = await textsUpTo(bus, "P1:3");
        assert.ok(!texts.includes("P1:2"));
      },
    );
  }

  promise("refuses after close", async () => {
    const { bus } = bench();
    await bus.close();
    await assert.rejects(
      bus.publish([aRecord(1)]),
      (failure) => failure instanceof IaiError && failure.code === "SHUTTING_DOWN",
    );
  });
}
