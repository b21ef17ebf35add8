import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryBus } from "../../../test/fixtures/in-memory-bus.ts";
import { aReading, startAt } from "../../../test/fixtures/watched-device.ts";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { silentLog } from "../../kernel/log.ts";
import type { AggregateRow } from "../../model/aggregate.ts";
import type { Reading } from "../../model/reading.ts";
import type { BusPosition } from "../../ports/event-bus.ts";
import { decodeAggregateRecord, encodeAggregateRecord } from "../../wire/aggregate-record.ts";
import { runMinuteKeeper } from "./minute-keeper.ts";

const deviceId = "PUMP_01";
const rowOf = (avg: number): AggregateRow => ({
  ...{ deviceId, metric: "flow", minuteAt: startAt },
  ...{ count: 1, avg, min: avg, max: avg, last: avg, stddev: 0 },
});

/** A store of minutes that says when it was asked, and may be away at first. */
class StoreOfMinutes {
  readonly rows = new Map<string, AggregateRow>();
  readings: readonly Reading[] = [];
  at: BusPosition = {};
  failures = 0;

  async writeAggregates(rows: readonly AggregateRow[]): Promise<void> {
    this.failures -= 1;
    if (this.failures >= 0) throw new IaiError("TELEMETRY_UNREACHABLE", "Cannot write: away");
    for (const row of rows) this.rows.set(`${row.minuteAt} ${row.metric}`, row);
  }
}

async function keep(
  told: readonly { readonly revision: number | null; readonly avg?: number }[],
  prepare: (store: StoreOfMinutes) => void = () => undefined,
  rawEnds: BusPosition = {},
): Promise<AggregateRow | undefined> {
  const bus = new InMemoryBus();
  const store = new StoreOfMinutes();
  prepare(store);
  const stop = new AbortController();
  const done = runMinuteKeeper(
    {
      bus: {
        subscribe: (options) => bus.subscribe(options),
        confirm: async () => stop.abort(),
      },
      telemetry: {
        writeAggregates: (rows) => store.writeAggregates(rows),
        readings: async () => store.readings,
        position: async () => store.at,
      },
      decode: ({ key, value }) => ({
        deviceId: key,
        ...decodeAggregateRecord(key, Buffer.from(value).toString()),
      }),
      rawEnds: async () => rawEnds,
      clock: systemClock,
      log: silentLog,
    },
    stop.signal,
  );
  await bus.publish(
    told.map(({ revision, avg }) => ({
      topic: "aggregates",
      key: deviceId,
      value: Buffer.from(
        encodeAggregateRecord({
          ...{ minuteAt: startAt, revision },
          rows: avg === undefined ? [] : [rowOf(avg)],
        }),
      ),
    })),
  );
  await done;
  return store.rows.get(`${startAt} flow`);
}

describe("the minute keeper", () => {
  it("writes of each minute the highest revision", async () => {
    const told = [
      { revision: 1, avg: 1 },
      { revision: 3, avg: 3 },
      { revision: 2, avg: 2 },
    ];
    assert.deepEqual(await keep(told), rowOf(3));
  });

  it("writes again until the store takes it", async () => {
    const row = await keep([{ revision: 1, avg: 5 }], (store) => {
      store.failures = 2;
    });
    assert.deepEqual(row, rowOf(5));
  });

  it("computes a late minute from the raw readings, but not before the archive has stored them", async () => {
    const row = await keep(
      [{ revision: null }],
      (store) => {
        const position = { "raw_sensor_data-0": 7 };
        let asked = 0;
        Object.defineProperty(store, "at", {
          get: () => {
            asked += 1;
            // The archive stores the late reading while it is waited for.
            if (asked === 3) store.readings = [aReading({ flow: 9 }, { measuredAt: startAt })];
            return asked < 3 ? { "raw_sensor_data-0": 6 } : position;
          },
        });
      },
      { "raw_sensor_data-0": 7 },
    );
    assert.equal(row?.avg, 9);
  });
});
