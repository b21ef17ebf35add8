import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { aReading } from "../../../../test/contract/telemetry-store.ts";
import { InMemoryBus } from "../../../../test/fixtures/in-memory-bus.ts";
import { influxPlant } from "../../../../test/servers/influxdb/influx-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { createRandom } from "../../../kernel/random.ts";
import { DAY, MINUTE } from "../../../model/basics.ts";
import type { Reading } from "../../../model/reading.ts";
import {
  aggregateMinutes,
  minuteArithmetic,
} from "../../../pipeline/aggregate/aggregate-minutes.ts";
import {
  createTelemetryArchiver,
  type RefusedRecord,
} from "../../../pipeline/archive/telemetry-archiver.ts";
import { decodeReading, encodeReading } from "../../../wire/stream-codec.ts";
import type { InfluxTelemetryStore } from "./influx-telemetry-store.ts";
import { prepareInfluxRebuild } from "./rebuild.ts";

const START = Date.UTC(2026, 1, 28, 12);
const EVER = { from: 0, to: START + 400 * DAY, metrics: null, limit: 1_000_000 };
const devices = Array.from({ length: 12 }, (_, i) => `PUMP_${i + 10}`);

/** An archive over a log, which can be broken off as a crash breaks it off: without closing anything. */
function anArchive(bus: InMemoryBus, store: InfluxTelemetryStore, refused: Set<number>) {
  const abort = new AbortController();
  const archiver = createTelemetryArchiver({
    bus,
    telemetry: store,
    decode: ({ key, value }) => decodeReading(key, value),
    quarantine: async (items: readonly RefusedRecord[]) => {
      for (const { record } of items) refused.add(record.offset);
    },
    clock: systemClock,
    log: silentLog,
  });
  // As a supervisor does: an archive that finds no server at its start is started again.
  const supervise = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      await archiver.run(abort.signal).catch((failure: unknown) => {
        assert.ok(failure instanceof IaiError && failure.code === "TELEMETRY_UNREACHABLE");
      });
      await systemClock.sleep(100, abort.signal);
    }
  };
  const running = supervise();
  return {
    retries: () => archiver.progress().retries,
    reached: () => archiver.reached({ "0": bus.records.length + 1 }, 120_000),
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

const publish = (bus: InMemoryBus, readings: readonly Reading[]) =>
  bus.publish(
    readings.map((reading) => ({
      topic: "raw_sensor_data" as const,
      key: reading.deviceId,
      value: encodeReading(reading),
    })),
  );

/** The store holds exactly these readings, once, and the minutes that they make. */
async function assertHolds(store: InfluxTelemetryStore, readings: readonly Reading[]) {
  const own = Map.groupBy(readings, ({ deviceId }) => deviceId);
  for (const [deviceId, sent] of own) {
    const sorted = sent.toSorted((a, b) => a.measuredAt - b.measuredAt);
    assert.deepEqual(await store.readings({ ...EVER, deviceId, order: "asc" }), sorted);
    const query = { ...EVER, deviceId, stepMs: MINUTE };
    assert.deepEqual(await store.aggregates(query), aggregateMinutes(sorted));
  }
}

describe("archive into influxdb", () => {
  let server: ServerHandle;
  before(async () => {
    server = await startServer("influxdb");
  });
  after(() => server.stop());
  const plant = influxPlant(() => server);

  it("loses nothing and doubles nothing when the server is killed in the middle of writes, and the archive too", async (t) => {
    const seed = 20_261_124;
    t.diagnostic(`seed ${seed}`);
    const random = createRandom(seed);
    const bus = new InMemoryBus();
    // One attempt a write: what the store would try again by itself is told to the archive, and counted.
    const options = { attempts: 1, timeoutMs: 2_000, maxRequestPoints: 200, progressEveryMs: 200 };
    const sent: Reading[] = [];
    const refused = new Set<number>();
    let conflicts = 0;
    let seconds = 0;
    /** A second of the fleet; some readings come late, twice, or with another value. */
    const aSecond = (): Reading[] => {
      seconds += 1;
      return devices.flatMap((deviceId) => {
        const delay = random.next() < 0.1 ? 90_000 * random.next() : 0;
        const at = seconds * 1_000 - Math.floor(delay / 1_000) * 1_000 + devices.indexOf(deviceId);
        const reading = aReading(
          at,
          { flow: random.next(), current: random.integer(9) },
          { deviceId },
        );
        const known = sent.some(
          (old) => old.deviceId === deviceId && old.measuredAt === reading.measuredAt,
        );
        if (known) conflicts += 1;
        else sent.push(reading);
        return random.next() < 0.1 ? [reading, reading] : [reading];
      });
    };
    let store = await plant.open("kill", options);
    let archive = anArchive(bus, store, refused);
    const archives = [archive];
    for (let round = 0; round < 5; round += 1) {
      for (let burst = 0; burst < 20; burst += 1) {
        await publish(bus, Array.from({ length: 5 }, aSecond).flat());
        for (let turn = random.integer(40); turn > 0; turn -= 1)
          await new Promise((resolve) => setImmediate(resolve));
      }
      const killed = server.kill();
      if (round % 2 === 1) {
        await archive.stop();
        store = await plant.open("kill", options);
        archive = anArchive(bus, store, refused);
        archives.push(archive);
      }
      await publish(bus, aSecond());
      await killed;
      await server.restart();
    }
    await archive.reached();
    // The position passes refusals when the next batch comes: only then are they known to be put aside.
    const last = aReading(DAY, { flow: 1 }, { deviceId: devices[0] ?? "" });
    sent.push(last);
    await publish(bus, [last]);
    await archive.reached();
    await archive.stop();
    // What a request without an answer may have overwritten is mended first.
    while (store.unwrittenMinutes() > 0) {
      await systemClock.sleep(50);
      await store.maintain({ rawMs: 400 * DAY, aggregateMs: 400 * DAY, maxBytes: null }, START);
    }
    await store.close();
    const again = await plant.open("kill");
    assert.ok(sent.length > 5_000 && conflicts > 10);
    const retries = archives.reduce((sum, one) => sum + one.retries(), 0);
    assert.ok(retries > 0, "no write was ever broken off");
    await assertHolds(again, sent);
    assert.ok(refused.size >= conflicts, "every conflict is in quarantine");
    const [count] = await plant.ask("kill", `SELECT count("flow") FROM "rp_raw_90d"."sensor_raw"`);
    assert.equal(count?.[1], sent.length);
    assert.deepEqual(await again.position(), { "0": bus.records.length + 1 });
    await again.close();
  });

  const seconds = (from: number, to: number): Reading[] =>
    Array.from({ length: to - from }, (_, i) =>
      aReading((from + i) * 1_000, { flow: (from + i) % 50 }, { deviceId: devices[i % 3] ?? "" }),
    );
  const rebuild = (place: string, loggedFrom: number) =>
    prepareInfluxRebuild({
      config: plant.config(place),
      clock: systemClock,
      log: silentLog,
      random: () => 0.5,
      aggregate: minuteArithmetic,
      loggedFrom,
    });
  const archiveAll = async (place: string, bus: InMemoryBus): Promise<void> => {
    const store = await plant.open(place);
    const archive = anArchive(bus, store, new Set());
    await archive.reached();
    await archive.stop();
    await store.close();
  };
  /** Somebody has changed readings and minutes behind our back. */
  const spoil = async (place: string): Promise<void> => {
    await plant.write(
      place,
      "rp_raw_90d",
      `sensor_raw,device_id=${devices[1]} flow=4711 ${START + 1_000}`,
    );
    const minute = `sensor_agg_1m,device_id=${devices[0]},metric=flow`;
    const lines = [START, START + DAY].map((at) => `${minute} count=9i,avg=4711 ${at}`);
    await plant.write(place, "rp_agg_365d", lines.join("\n"));
  };

  it("writes everything anew from a log that is whole", async () => {
    const bus = new InMemoryBus();
    const sent = [...seconds(0, 400), ...seconds(86_400, 86_800)];
    await publish(bus, sent);
    await archiveAll("rebuild", bus);
    await spoil("rebuild");
    assert.deepEqual(await rebuild("rebuild", 0), { removedDays: 2, recomputedDays: 0 });
    const empty = await plant.open("rebuild");
    assert.equal(await empty.position(), null);
    await empty.close();
    await archiveAll("rebuild", bus);
    const again = await plant.open("rebuild");
    await assertHolds(again, sent);
    await again.close();
  });

  it("keeps the readings of days that are no longer in the log and computes their minutes anew", async () => {
    const bus = new InMemoryBus();
    const old = seconds(0, 400);
    const young = seconds(86_400, 86_800);
    await publish(bus, [...old, ...young]);
    await archiveAll("rebuild-late", bus);
    await plant.write(
      "rebuild-late",
      "rp_agg_365d",
      `sensor_agg_1m,device_id=${devices[0]},metric=flow count=9i,avg=4711 ${START}`,
    );
    const loggedFrom = Math.floor((START + DAY) / DAY) * DAY;
    assert.deepEqual(await rebuild("rebuild-late", loggedFrom), {
      removedDays: 1,
      recomputedDays: 1,
    });
    const rest = await plant.open("rebuild-late");
    await assertHolds(rest, old);
    await rest.close();
    await archiveAll("rebuild-late", bus);
    const again = await plant.open("rebuild-late");
    await assertHolds(again, [...old, ...young]);
    await again.close();
  });
});
