import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createServer } from "node:tls";
import { aReading, logged } from "../../../../test/contract/telemetry-store.ts";
import { createHeardLog } from "../../../../test/fixtures/heard-log.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { influxPlant } from "../../../../test/servers/influxdb/influx-plant.ts";
import { slowNetwork } from "../../../../test/servers/influxdb/slow-network.ts";
import { placeCertificate } from "../../../../test/servers/place-secrets.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { DAY, MINUTE } from "../../../model/basics.ts";
import type { AnomalyEpisode } from "../../../model/detection.ts";
import type { Reading } from "../../../model/reading.ts";
import { aggregateMinutes } from "../../../pipeline/aggregate/aggregate-minutes.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";

const START = Date.UTC(2026, 1, 28, 12);
const EVER = { from: 0, to: START + 400 * DAY, metrics: null, limit: 100_000 };
const KEEP = { rawMs: 90 * DAY, aggregateMs: 365 * DAY, maxBytes: null };

const all = (store: TelemetryStore, deviceId = "PUMP_01") =>
  store.readings({ ...EVER, deviceId, order: "asc" });
const minutes = (store: TelemetryStore) =>
  store.aggregates({ ...EVER, deviceId: "PUMP_01", stepMs: MINUTE });
const write = (store: TelemetryStore, readings: readonly Reading[], first = 1) =>
  store.write(logged(readings, first), { "0": first + readings.length });
const seconds = (count: number): Reading[] =>
  Array.from({ length: count }, (_, i) => aReading(i * 1_000, { flow: i % 50, current: i / 8 }));

describe("influxdb telemetry store, when things go wrong", () => {
  let server: ServerHandle;
  before(async () => {
    server = await startServer("influxdb");
  });
  after(() => server.stop());
  const plant = influxPlant(() => server);
  let places = 0;
  const aPlace = (): string => `failures-${++places}`;

  it("refuses the one culprit among 1,000 readings and computes minutes without it", async () => {
    const place = aPlace();
    const store = await plant.open(place);
    await plant.write(place, "rp_raw_90d", `sensor_raw,device_id=STRANGER odd=1i ${START}`);
    const readings = seconds(1_000);
    readings[613] = aReading(613_000, { flow: 7, odd: 1 });
    const result = await write(store, readings);
    assert.equal(result.accepted, 999);
    assert.deepEqual(result.kept, []);
    assert.deepEqual(
      result.rejected.map(({ index, error }) => [index, error.code]),
      [[613, "TELEMETRY_REJECTED"]],
    );
    const others = readings.toSpliced(613, 1);
    assert.deepEqual(await all(store), others);
    assert.deepEqual(await minutes(store), aggregateMinutes(others));
    // What was refused is not remembered as stored: without the odd metric the instant is free.
    assert.equal((await write(store, [aReading(613_000, { flow: 8 })], 1_001)).accepted, 1);
    await store.close();
  });

  it("keeps everything while the server stands still, and stores it once when it goes on", async () => {
    const store = await plant.open(aPlace(), { timeoutMs: 400, attempts: 2 });
    const readings = seconds(500);
    await write(store, readings.slice(0, 100));
    server.freeze();
    try {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const result = await write(store, readings.slice(100), 101);
        assert.equal(result.kept.length, 400);
        assert.equal(store.failing()?.code, "TELEMETRY_UNREACHABLE");
      }
    } finally {
      server.thaw();
    }
    const result = await write(store, readings.slice(100), 101);
    assert.deepEqual([result.accepted, result.kept], [400, []]);
    assert.equal(store.failing(), null);
    assert.deepEqual(await all(store), readings);
    assert.deepEqual(await minutes(store), aggregateMinutes(readings));
    await store.close();
  });

  it("mends minutes that a request overwrote which came through long after its time", async () => {
    const place = aPlace();
    const network = await slowNetwork(Number(server.connection["port"]));
    const clock = new SimulatedClock(START);
    const url = `http://127.0.0.1:${network.port}`;
    const options = { url, attempts: 1, timeoutMs: 5_000, progressEveryMs: 0 };
    const store = await plant.open(place, options, { clock });
    const console = await plant.open(place);
    const readings = seconds(40);
    await write(store, readings.slice(0, 10));
    network.holdNext("rp=rp_agg_365d");
    const writing = write(store, readings.slice(10, 20), 11);
    await network.held();
    await clock.advance(5_000);
    assert.equal((await writing).accepted, 10);
    await write(store, readings.slice(20, 40), 21);
    assert.deepEqual(await minutes(console), aggregateMinutes(readings));
    await network.deliver();
    assert.deepEqual(await minutes(console), aggregateMinutes(readings.slice(0, 20)));
    // Until the minutes are mended a crash must bring the readings again.
    assert.equal(await console.position(), null);
    await clock.advance(5_000);
    await store.maintain(KEEP, START);
    assert.deepEqual(await minutes(console), aggregateMinutes(readings));
    await store.close();
    assert.deepEqual(await console.position(), { "0": 41 });
    await console.close();
    network.close();
  });

  it("opens while the server is away, keeps what is written, and goes on when it is there", async () => {
    await server.kill();
    const store = await plant.open(aPlace(), { attempts: 1 });
    const readings = seconds(10);
    assert.equal((await write(store, readings)).kept.length, 10);
    await assert.rejects(all(store), { code: "TELEMETRY_UNREACHABLE" });
    await server.restart();
    assert.equal((await write(store, readings)).accepted, 10);
    assert.deepEqual(await all(store), readings);
    await store.close();
  });

  it("refuses to start with a wrong password, and says so", async () => {
    await assert.rejects(plant.open(aPlace(), { password: "wrong" }), {
      code: "TELEMETRY_DENIED",
    });
  });

  it("keeps everything while its user is refused", async () => {
    const place = aPlace();
    await plant.ask(place, `CREATE USER "guest" WITH PASSWORD 'one' WITH ALL PRIVILEGES`);
    const store = await plant.open(place, { username: "guest", password: "one" });
    await plant.ask(place, `SET PASSWORD FOR "guest" = 'two'`);
    assert.equal((await write(store, seconds(5))).kept.length, 5);
    assert.equal(store.failing()?.code, "TELEMETRY_DENIED");
    await plant.ask(place, `SET PASSWORD FOR "guest" = 'one'`);
    assert.equal((await write(store, seconds(5))).accepted, 5);
    await store.close();
  });

  it("refuses nothing for good because its database is gone", async () => {
    const place = aPlace();
    const { database } = plant.config(place);
    const store = await plant.open(place, { attempts: 1 });
    await write(store, seconds(5));
    await plant.ask(place, `DROP DATABASE "${database}"`);
    const result = await write(store, [aReading(60_000, { flow: 1 })], 6);
    assert.deepEqual([result.kept, result.rejected], [[0], []]);
    await store.close();
  });

  it("is not led astray by ids and names that look like queries", async () => {
    const place = aPlace();
    const store = await plant.open(place);
    const episode: AnomalyEpisode = {
      ...{ episodeId: "e1", deviceId: "PUMP_01", detector: "rule", condition: "composite" },
      ...{ startedAt: START, endedAt: null, peakScore: null, contributions: {}, shadow: false },
    };
    await write(store, seconds(5));
    await store.writeEpisodes([episode]);
    const hostile = [
      `' OR '1'='1`,
      `PUMP_01' OR "device_id" = 'PUMP_01`,
      `$device`,
      `x; DROP MEASUREMENT "sensor_raw"`,
      `flow", "current`,
      `flow" FROM "rp_raw_90d"."sensor_raw"; DROP DATABASE "${plant.config(place).database}" --`,
    ];
    for (const text of hostile) {
      assert.deepEqual(await all(store, text), []);
      const query = { ...EVER, deviceId: "PUMP_01", metrics: [text] };
      assert.deepEqual(await store.readings({ ...query, order: "asc" }), []);
      assert.deepEqual(await store.aggregates({ ...query, stepMs: MINUTE }), []);
      assert.deepEqual(await store.aggregates({ ...EVER, deviceId: text, stepMs: MINUTE }), []);
      assert.deepEqual(await store.episodes({ ...EVER, deviceId: text }), []);
      const result = await write(store, [
        aReading(0, { flow: 1 }, { deviceId: text }),
        aReading(0, { [text]: 1 }),
      ]);
      assert.equal(result.rejected.length, 2);
    }
    assert.equal((await all(store)).length, 5);
    assert.deepEqual(await store.episodes({ ...EVER, deviceId: null }), [episode]);
    await store.close();
  });

  it("gives the policies the retention that is asked for, tells it, and refuses what is older", async () => {
    const place = aPlace();
    const log = createHeardLog();
    const now = Date.now();
    const store = await plant.open(place, {}, { log });
    const durations = async () => {
      const rows = await plant.ask(
        place,
        `SHOW RETENTION POLICIES ON "${plant.config(place).database}"`,
      );
      return Object.fromEntries(rows.map(([name, duration]) => [String(name), duration]));
    };
    assert.equal((await durations())["rp_raw_90d"], "0s");
    await store.maintain(KEEP, now + 2 * DAY);
    assert.equal((await durations())["rp_raw_90d"], "0s", "clocks that differ must not delete");
    await store.maintain(KEEP, now);
    const set = await durations();
    assert.deepEqual(
      [set["rp_raw_90d"], set["rp_agg_365d"], set["rp_position"]],
      ["2160h0m0s", "8760h0m0s", "0s"],
    );
    assert.equal((await log.heard("influxdb.policy.altered"))["to"], 90 * DAY);
    const at = (days: number) => aReading(now - days * DAY - START, { flow: 1 });
    const result = await write(store, [at(91), at(89)]);
    assert.deepEqual(
      result.rejected.map(({ index, error }) => [index, error.code]),
      [[0, "TELEMETRY_REJECTED"]],
    );
    await store.maintain({ ...KEEP, rawMs: MINUTE }, now);
    assert.equal((await durations())["rp_raw_90d"], "1h0m0s");
    await store.close();
  });

  it("deletes the oldest days while there is too much, never the newest, and keeps the minutes", async () => {
    const store = await plant.open(aPlace());
    const readings = Array.from({ length: 3_000 }, (_, i) => aReading(i * 100_000, { flow: i }));
    await write(store, readings);
    const now = START + 5 * DAY;
    assert.deepEqual(await store.maintain({ ...KEEP, maxBytes: 1e9 }, now), {
      deletedDays: 0,
      bytes: 0,
    });
    const { deletedDays, bytes } = await store.maintain({ ...KEEP, maxBytes: 1 }, now);
    assert.equal(deletedDays, 3);
    assert.ok(bytes > 0);
    const left = await all(store);
    assert.ok(left.length > 0 && left.every(({ measuredAt }) => measuredAt >= START + 2.5 * DAY));
    assert.deepEqual(await minutes(store), aggregateMinutes(readings));
    await store.close();
  });

  it("works for a user of its database alone when an administrator has made it", async () => {
    const place = aPlace();
    const { database } = plant.config(place);
    await plant.ask(place, `CREATE USER "writer" WITH PASSWORD 'w'`);
    const options = { username: "writer", password: "w", managesDatabase: false };
    await assert.rejects(plant.open(place, options), { code: "TELEMETRY_DENIED" });
    await (await plant.open(place)).close();
    await plant.ask(place, `GRANT ALL ON "${database}" TO "writer"`);
    const store = await plant.open(place, options);
    const readings = seconds(100);
    await write(store, readings);
    await store.maintain(KEEP, START + 400 * DAY);
    assert.deepEqual(await all(store), readings);
    assert.deepEqual(await minutes(store), aggregateMinutes(readings));
    await store.close();
  });

  it("trusts the plant's own authority over TLS and nobody else's", async () => {
    const folder = temporaryFolder("influx-tls");
    const { caFile, certFile, keyFile } = placeCertificate({ cache: folder, folder, ports: [] });
    const port = Number(server.connection["port"]);
    const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const relay = createServer(tls, (socket) => {
      const behind = connect(port, "127.0.0.1");
      socket.pipe(behind).pipe(socket);
      for (const one of [socket, behind]) one.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(relay.address() as AddressInfo).port}`;
    const place = aPlace();
    const stranger = await plant.open(place, { url, attempts: 1 });
    assert.equal(stranger.failing()?.code, "TELEMETRY_UNREACHABLE");
    await stranger.close();
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, `${server.connection["password"]}\n`, { mode: 0o600 });
    const own = { url, tlsCaFile: caFile, password: null, passwordFile };
    const store = await plant.open(place, own);
    assert.equal((await write(store, seconds(2_000))).accepted, 2_000);
    assert.equal((await all(store)).length, 2_000);
    await store.close();
    relay.close();
  });
});
