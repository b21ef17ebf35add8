import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { silentLog } from "../../kernel/log.ts";
import type { Reading } from "../../model/reading.ts";
import type { BusPosition, DeliveredRecord, SubscribeOptions } from "../../ports/event-bus.ts";
import type { LoggedReading, TelemetryWriteResult } from "../../ports/telemetry-store.ts";
import { createTelemetryArchiver, type RefusedRecord } from "./telemetry-archiver.ts";

const START = Date.UTC(2026, 1, 28, 12);

function record(offset: number, body: string): DeliveredRecord {
  const value = new TextEncoder().encode(body);
  return {
    topic: "raw_sensor_data",
    key: "PUMP_01",
    value,
    partition: "0",
    offset,
    appendedAt: START,
  };
}

function decode({ key, value, offset }: DeliveredRecord): Reading {
  const flow = Number(new TextDecoder().decode(value));
  if (Number.isNaN(flow)) throw new Error("not a number");
  const absent = { qualities: null, faults: null, sources: null, seq: null, status: null };
  const at = { measuredAt: START + offset, receivedAt: START };
  return { deviceId: key, ...at, values: new Map([["flow", flow]]), ...absent, configVersion: 1 };
}

/** A log that ends, and notes what was confirmed. */
class EndingLog {
  readonly confirmed: BusPosition[] = [];
  readonly asked: SubscribeOptions[] = [];
  readonly #records: readonly DeliveredRecord[];
  constructor(records: readonly DeliveredRecord[]) {
    this.#records = records;
  }
  async *subscribe(options: SubscribeOptions) {
    this.asked.push(options);
    const last = this.#records.at(-1)?.offset ?? 0;
    yield { records: this.#records, next: { "0": last + 1 } };
  }
  async confirm(_group: string, position: BusPosition): Promise<void> {
    this.confirmed.push(position);
  }
}

/** A store that answers each write by the next of its answers. */
class ScriptedStore {
  readonly offered: number[][] = [];
  readonly #answers: (Partial<TelemetryWriteResult> | IaiError)[];
  constructor(answers: (Partial<TelemetryWriteResult> | IaiError)[]) {
    this.#answers = answers;
  }
  async write(readings: readonly LoggedReading[]): Promise<TelemetryWriteResult> {
    this.offered.push(readings.map(({ offset }) => offset));
    const answer = this.#answers.shift() ?? {};
    if (answer instanceof IaiError) throw answer;
    return { accepted: readings.length, duplicates: 0, rejected: [], kept: [], ...answer };
  }
  async position(): Promise<BusPosition> {
    return { "0": 7 };
  }
}

function anArchive(records: readonly DeliveredRecord[], store: ScriptedStore) {
  const bus = new EndingLog(records);
  const clock = new SimulatedClock(START);
  const refused: RefusedRecord[] = [];
  const quarantine = async (items: readonly RefusedRecord[]): Promise<void> => {
    assert.deepEqual(bus.confirmed, []);
    refused.push(...items);
  };
  const archiver = createTelemetryArchiver({
    bus,
    telemetry: store,
    decode,
    quarantine,
    clock,
    log: silentLog,
  });
  return { archiver, bus, clock, refused };
}

const running = () => new AbortController().signal;

describe("telemetry archiver", () => {
  it("reads from the store's position and confirms it when the batch is safe", async () => {
    const store = new ScriptedStore([]);
    const { archiver, bus } = anArchive([record(8, "1"), record(9, "2")], store);
    await archiver.run(running());
    assert.deepEqual(bus.asked[0]?.from, { "0": 7 });
    assert.deepEqual(bus.confirmed, [{ "0": 7 }]);
    assert.deepEqual(archiver.progress(), {
      archived: 2,
      duplicates: 0,
      rejected: 0,
      retries: 0,
      next: { "0": 10 },
    });
  });

  it("puts what will never work into quarantine with its code, before anything is confirmed", async () => {
    const error = new IaiError("DUPLICATE_CONFLICT", "Cannot store it");
    const store = new ScriptedStore([{ accepted: 1, rejected: [{ index: 1, error }] }]);
    const { archiver, refused } = anArchive(
      [record(8, "?"), record(9, "1"), record(10, "2")],
      store,
    );
    await archiver.run(running());
    assert.deepEqual(
      refused.map(({ code, record: { offset }, reading }) => [
        code,
        offset,
        reading?.values.get("flow"),
      ]),
      [
        ["INTERNAL", 8, undefined],
        ["DUPLICATE_CONFLICT", 10, 2],
      ],
    );
    assert.equal(archiver.progress().rejected, 2);
  });

  it("offers again what the store kept, and everything when it does not answer", async () => {
    const away = new IaiError("TELEMETRY_UNREACHABLE", "Cannot write");
    const store = new ScriptedStore([{ accepted: 1, kept: [1, 2] }, away, {}]);
    const { archiver, clock } = anArchive([record(8, "1"), record(9, "2"), record(10, "3")], store);
    let isDone = false;
    const done = archiver.run(running()).finally(() => {
      isDone = true;
    });
    while (!isDone) await clock.advance(1_000);
    await done;
    assert.deepEqual(store.offered, [
      [8, 9, 10],
      [9, 10],
      [9, 10],
    ]);
    assert.equal(archiver.progress().archived, 3);
    assert.equal(archiver.progress().retries, 2);
  });

  it("stops when waiting cannot mend the store", async () => {
    const store = new ScriptedStore([new IaiError("TELEMETRY_CORRUPT", "Cannot write")]);
    const { archiver, bus } = anArchive([record(8, "1")], store);
    await assert.rejects(archiver.run(running()), { code: "TELEMETRY_CORRUPT" });
    assert.deepEqual(bus.confirmed, []);
  });
});
