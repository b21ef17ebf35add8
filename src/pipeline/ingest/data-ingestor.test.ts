import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import {
  type IngestStation,
  ingestNow,
  openIngestStation,
} from "../../../test/fixtures/ingest-station.ts";
import { IaiError } from "../../kernel/errors.ts";
import { bareMetric } from "../../model/device.ts";

const timestamp = "2026-02-28T12:00:00.000Z";
const measuredAt = Date.UTC(2026, 1, 28, 12);
const good = { device_id: "P1", timestamp, temperature: 45.3 };
const isCode = (code: string) => (failure: unknown) =>
  failure instanceof IaiError && failure.code === code;

let station: IngestStation;
beforeEach(async () => {
  station = await openIngestStation();
});

/** Every request adds up, whatever became of it. */
function assertBalanced({ ingestor }: IngestStation): void {
  const { received, accepted, duplicates, rejected } = ingestor.counters();
  assert.equal(received, accepted + duplicates + rejected);
}

describe("a reading", () => {
  it("goes into the log with every field it has", async () => {
    const answer = await station.send({
      device_id: "PUMP_01",
      timestamp: "2026-02-28T20:00:00.000+08:00",
      temperature: 45.3,
      vibration: 0.52,
      pressure: 21,
      current: 15.8,
      metrics: { flow: 32.1, "x:1": -1e12 },
      units: { pressure: "bar" },
      quality: { flow: "uncertain", vibration: "good" },
      seq: 812,
      status: "NORMAL",
      factory_id: "F001",
      line_id: "L003",
    });
    assert.deepEqual(answer, { accepted: 1, duplicates: 0, rejected: [], degraded: [] });
    const [reading] = station.readings();
    assert.deepEqual(reading, {
      deviceId: "PUMP_01",
      measuredAt,
      receivedAt: ingestNow,
      values: new Map([
        ["temperature", 45.3],
        ["vibration", 0.52],
        ["pressure", 2.1],
        ["current", 15.8],
        ["flow", 32.1],
        ["x:1", -1e12],
      ]),
      qualities: new Map([["flow", "uncertain"]]),
      faults: null,
      sources: new Map([["pressure", { value: 21, unit: "bar" }]]),
      seq: 812,
      status: "NORMAL",
      configVersion: 1,
    });
  });

  it("registers its device before itself, with criticality C, its line and its units", async () => {
    const units = { strain: "bar" };
    const place = { factory_id: "F1", line_id: "L1" };
    await station.send({ ...good, ...place, metrics: { strain: 1, xmeas: 2 }, units });
    const device = station.registry.find("P1");
    assert.equal(device?.criticality, "C");
    assert.equal(device?.autoRegistered, true);
    assert.deepEqual([device?.factoryId, device?.lineId], ["F1", "L1"]);
    assert.deepEqual(device?.metrics, {
      temperature: bareMetric("°C"),
      strain: bareMetric("bar"),
      xmeas: bareMetric("1"),
    });
    assert.deepEqual(
      station.bus.records.map(({ topic }) => topic),
      ["control", "raw_sensor_data"],
    );
    await station.send({
      ...good,
      timestamp: measuredAt + 1,
      metrics: { strain: 300, flow: 1 },
      units: { strain: "kPa" },
    });
    assert.equal(station.readings()[1]?.values.get("strain"), 3);
    assert.deepEqual(station.registry.find("P1")?.metrics["flow"], bareMetric("L/min"));
  });

  it("is refused when its device is unknown and may not register itself", async () => {
    station = await openIngestStation({ autoRegister: false });
    const { rejected } = await station.send(good);
    assert.equal(rejected[0]?.code, "DEVICE_UNKNOWN");
    assert.deepEqual(station.bus.records, []);
  });

  it("is refused when the key may not speak for its device", async () => {
    const answer = await station.send([good, { ...good, device_id: "P2" }], { deviceIds: ["P1"] });
    assert.equal(answer.accepted, 1);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [[1, "FORBIDDEN"]],
    );
    assert.equal(station.registry.find("P2"), null);
  });

  it("with a value outside the sensor's range keeps it as bad", async () => {
    const spec = { ...bareMetric("°C"), min: 0, max: 100 };
    const place = { deviceName: "P1", deviceType: "pump", factoryId: "F", lineId: "L" };
    await station.registry.put({ deviceId: "P1", ...place, metrics: { temperature: spec } }, "ann");
    await station.send({ ...good, temperature: 120 });
    const [reading] = station.readings();
    assert.equal(reading?.values.get("temperature"), 120);
    assert.equal(reading?.qualities?.get("temperature"), "bad");
  });
});

describe("a bad value", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["1e400", "VALUE_NOT_FINITE", "1e400"],
    ["-1e999", "VALUE_NOT_FINITE", "-1e999"],
    ["null", "VALUE_TYPE", "null"],
    ['"12,5"', "VALUE_TYPE", '"12,5"'],
    ["true", "VALUE_TYPE", "true"],
    ['{"a":1}', "VALUE_TYPE", '{"a":"1"}'],
    ["5000", "VALUE_OUT_OF_RANGE", "5000"],
    ["-273.16", "VALUE_OUT_OF_RANGE", "-273.16"],
  ];
  for (const [sent, code, raw] of cases) {
    it(`such as ${sent} is kept with its text and leaves the others alone`, async () => {
      const body = `{"device_id":"P1","timestamp":"${timestamp}","temperature":${sent},"metrics":{"flow":3}}`;
      const answer = await station.send(body);
      assert.deepEqual(answer.degraded, [{ index: 0, field: "temperature", code }]);
      assert.equal(answer.accepted, 1);
      const [reading] = station.readings();
      assert.deepEqual(reading?.values, new Map([["flow", 3]]));
      assert.deepEqual(reading?.faults, new Map([["temperature", { code, raw }]]));
      assert.deepEqual(reading?.qualities, new Map([["temperature", "bad"]]));
      assert.equal(station.ingestor.counters().byCode[code], 1);
    });
  }

  it("is one beyond the physical bounds of its metric, in whatever unit it was sent", async () => {
    const absurd = {
      vibration: -0.1,
      pressure: 1_001,
      current: 100_001,
      metrics: { flow: 1.1e12 },
    };
    const { degraded } = await station.send({ ...good, ...absurd });
    assert.deepEqual(
      degraded.map(({ field, code }) => [field, code]),
      [
        ["vibration", "VALUE_OUT_OF_RANGE"],
        ["pressure", "VALUE_OUT_OF_RANGE"],
        ["current", "VALUE_OUT_OF_RANGE"],
        ["flow", "VALUE_OUT_OF_RANGE"],
      ],
    );
    const units = { temperature: "°F", pressure: "kPa" };
    const fine = {
      ...good,
      timestamp: measuredAt + 1,
      temperature: 3_000,
      pressure: 900_000,
      units,
    };
    assert.deepEqual((await station.send(fine)).degraded, []);
  });

  it("is one of an unknown unit, or of a unit that measures something else", async () => {
    const units = { temperature: "parsec", vibration: "mm/s", pressure: 7 };
    const { degraded } = await station.send({
      ...good,
      vibration: 1,
      pressure: 1,
      current: 1,
      units,
    });
    assert.deepEqual(
      degraded.map(({ field, code }) => [field, code]),
      [
        ["temperature", "UNIT_UNKNOWN"],
        ["vibration", "UNIT_INCOMPATIBLE"],
        ["pressure", "UNIT_UNKNOWN"],
      ],
    );
  });

  it("alone makes a reading that is refused", async () => {
    const { rejected, degraded } = await station.send({ ...good, temperature: null });
    assert.equal(rejected[0]?.code, "NO_VALUES");
    assert.deepEqual(degraded, []);
  });
});

describe("a refused reading", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["without an id", { timestamp, temperature: 1 }, "FIELD_MISSING"],
    ["with an id that is no text", { ...good, device_id: 5 }, "DEVICE_ID_INVALID"],
    ["with a blank in its id", { ...good, device_id: "P 1" }, "DEVICE_ID_INVALID"],
    ["with an id of 51 characters", { ...good, device_id: "x".repeat(51) }, "DEVICE_ID_INVALID"],
    ["without a time", { device_id: "P1", temperature: 1 }, "FIELD_MISSING"],
    ["of 30 February", { ...good, timestamp: "2026-02-30T12:00:00Z" }, "TS_INVALID"],
    ["without a zone", { ...good, timestamp: "2026-02-28T12:00:00" }, "TS_NO_ZONE"],
    ["more than 5 min ahead", { ...good, timestamp: ingestNow + 300_001 }, "TS_IN_FUTURE"],
    [
      "older than the retention",
      { ...good, timestamp: ingestNow - 90 * 86_400_000 - 1 },
      "TS_TOO_OLD",
    ],
    ["in epoch seconds", { ...good, timestamp: Math.floor(ingestNow / 1_000) }, "TS_TOO_OLD"],
    ["with a time that is null", { ...good, timestamp: null }, "FIELD_TYPE"],
    ["with an unknown field", { ...good, flow: 1 }, "FIELD_UNKNOWN"],
    ["with metrics as a list", { ...good, metrics: [] }, "FIELD_TYPE"],
    ["with a metric that has no proper name", { ...good, metrics: { "a b": 1 } }, "FIELD_UNKNOWN"],
    [
      "with a metric named like a property of every object",
      { ...good, metrics: { constructor: 1 } },
      "FIELD_UNKNOWN",
    ],
    [
      "with a metric that stands in two places",
      { ...good, metrics: { temperature: 1 } },
      "KEY_DUPLICATE",
    ],
    ["with an unknown quality", { ...good, quality: { temperature: "fine" } }, "FIELD_TYPE"],
    ["with a broken counter", { ...good, seq: 1.5 }, "FIELD_TYPE"],
    ["with a counter that lost digits", { ...good, seq: 2 ** 53 }, "FIELD_TYPE"],
    ["with a status that is no text", { ...good, status: 1 }, "FIELD_TYPE"],
    ["with a line that is no name", { ...good, line_id: "" }, "FIELD_TYPE"],
    ["that is no object", 42, "FIELD_TYPE"],
    ["that is a list", [good], "FIELD_TYPE"],
    ["without values", { device_id: "P1", timestamp }, "NO_VALUES"],
  ];
  for (const [what, item, code] of cases) {
    it(`${what} is answered ${code}, kept in quarantine, and leaves its neighbours alone`, async () => {
      const neighbour = { ...good, device_id: "P2" };
      const answer = await station.send([
        neighbour,
        item,
        { ...neighbour, timestamp: measuredAt + 1 },
      ]);
      assert.equal(answer.accepted, 2);
      assert.deepEqual(
        answer.rejected.map((one) => [one.index, one.code]),
        [[1, code]],
      );
      const [row] = station.records.rows("quarantine");
      assert.equal(row?.code, code);
      assert.deepEqual(JSON.parse(Buffer.from(row?.raw ?? "", "base64").toString()), item);
      assertBalanced(station);
    });
  }

  it("at the edges of the allowed time is not refused", async () => {
    const edges = [ingestNow + 300_000, ingestNow - 90 * 86_400_000];
    const answer = await station.send(edges.map((at) => ({ ...good, timestamp: at })));
    assert.equal(answer.accepted, 2);
  });
});

describe("a body", () => {
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["that is empty", "", "JSON_INVALID"],
    ["with NaN", `{"device_id":"P1","timestamp":"${timestamp}","temperature":NaN}`, "JSON_INVALID"],
    ["that is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "UTF8_INVALID"],
    ["with a key twice", `{"device_id":"P1","device_id":"P2"}`, "KEY_DUPLICATE"],
    ["that is nested too deeply", "[".repeat(9) + "]".repeat(9), "DEPTH"],
    ["of 1,001 readings", JSON.stringify(Array.from({ length: 1_001 }, () => good)), "TOO_LARGE"],
    ["of more than 1 MiB", " ".repeat(1024 * 1024 + 1), "TOO_LARGE"],
  ];
  for (const [what, body, code] of cases) {
    it(`${what} is refused as a whole with ${code} and kept in quarantine`, async () => {
      await assert.rejects(station.send(body), isCode(code));
      const [row] = station.records.rows("quarantine");
      assert.equal(row?.code, code);
      assert.ok(Buffer.from(row?.raw ?? "", "base64").length <= 64 * 1024);
      assert.deepEqual(station.bus.records, []);
      assertBalanced(station);
    });
  }

  it("of NDJSON is judged line by line", async () => {
    const lines = [JSON.stringify(good), "{", JSON.stringify({ ...good, device_id: "P2" })];
    const answer = await station.send(lines.join("\n"), { format: "ndjson" });
    assert.equal(answer.accepted, 2);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [[1, "JSON_INVALID"]],
    );
  });

  it("that the log cannot take is refused as a whole, and the same body succeeds later", async () => {
    await station.send({ ...good, timestamp: measuredAt - 1 });
    station.bus.refusal = new IaiError("LOG_FULL", "Cannot append: full");
    await assert.rejects(station.send([good, { ...good, temperature: "x" }]), isCode("LOG_FULL"));
    assertBalanced(station);
    assert.deepEqual(station.records.rows("quarantine"), []);
    station.bus.refusal = null;
    assert.equal((await station.send(good)).accepted, 1);
  });

  it("is answered although quarantine is away", async () => {
    await station.send(good);
    station.records.failNext();
    const answer = await station.send([{ ...good, timestamp: measuredAt + 1 }, 42]);
    assert.deepEqual([answer.accepted, answer.rejected.length], [1, 1]);
  });
});

describe("a repeat", () => {
  it("is a success and is stored once", async () => {
    await station.send(good);
    const answer = await station.send(good);
    assert.deepEqual([answer.accepted, answer.duplicates], [0, 1]);
    assert.equal(station.readings().length, 1);
    assertBalanced(station);
  });

  it("inside one body is stored once", async () => {
    const answer = await station.send([good, good, { ...good, temperature: 46 }]);
    assert.deepEqual([answer.accepted, answer.duplicates], [1, 1]);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [[2, "DUPLICATE_CONFLICT"]],
    );
  });

  it("of the same time with other metrics merges", async () => {
    const base = { device_id: "P1", timestamp };
    const parts = [{ temperature: 1 }, { vibration: 2 }, { metrics: { flow: 3 } }];
    const answer = await station.send(parts.map((part) => ({ ...base, ...part })));
    assert.equal(answer.accepted, 3);
    const later = await station.send({ ...base, vibration: 2, pressure: 4 });
    assert.equal(later.accepted, 1);
    assert.deepEqual(station.readings()[3]?.values, new Map([["pressure", 4]]));
  });

  it("with another value is refused and quarantined, the first is kept", async () => {
    await station.send(good);
    const { rejected } = await station.send({ ...good, temperature: 46, vibration: 1 });
    assert.deepEqual(
      [rejected[0]?.code, rejected[0]?.field],
      ["DUPLICATE_CONFLICT", "temperature"],
    );
    assert.equal(station.readings().length, 1);
    assert.equal(station.records.rows("quarantine").length, 1);
  });

  it("with the same bad value is a repeat, with another bad value a conflict", async () => {
    const bad = { ...good, metrics: { flow: "12,5" } };
    await station.send(bad);
    assert.equal((await station.send(bad)).duplicates, 1);
    const other = await station.send({ ...good, metrics: { flow: "13,5" } });
    assert.equal(other.rejected[0]?.code, "DUPLICATE_CONFLICT");
  });

  it("that arrives while the first is on its way waits for its outcome", async () => {
    await station.send({ ...good, timestamp: measuredAt - 1 });
    const release = station.bus.hold();
    const both = Promise.all([station.send(good), station.send(good)]);
    release();
    const [first, second] = await both;
    assert.deepEqual([first.accepted, first.duplicates], [1, 0]);
    assert.deepEqual([second.accepted, second.duplicates], [0, 1]);
  });

  it("takes the place of the first when the log refused that", async () => {
    await station.send({ ...good, timestamp: measuredAt - 1 });
    const release = station.bus.hold();
    const first = station.send(good);
    const second = station.send(good);
    station.bus.refuseNext = new IaiError("STORAGE_LOW", "Cannot append: disk low");
    const refused = assert.rejects(first, isCode("STORAGE_LOW"));
    release();
    await refused;
    assert.equal((await second).accepted, 1);
    assert.equal((await station.send(good)).duplicates, 1);
    assertBalanced(station);
  });

  it("of a long backlog is found, however often it comes and in whatever order", async () => {
    const backlog = Array.from({ length: 1_000 }, (_, i) => ({
      ...good,
      timestamp: measuredAt - i * 1_000,
      temperature: i % 90,
    }));
    assert.equal((await station.send(backlog)).accepted, 1_000);
    assert.equal((await station.send(backlog.toReversed())).duplicates, 1_000);
    assert.equal((await station.send(backlog)).duplicates, 1_000);
  });

  it("is found after a restart, from the tail of the log", async () => {
    const burst = Array.from({ length: 100 }, (_, i) => ({ ...good, timestamp: measuredAt + i }));
    await station.send(burst);
    const { bus, records } = station;
    const next = await openIngestStation({}, { bus, records });
    await next.ingestor.recover(oneBatch(bus));
    assert.equal((await next.send(burst)).duplicates, 100);
    assert.equal((await next.send({ ...good, temperature: 1 })).duplicates, 0);
  });
});

async function* oneBatch(bus: IngestStation["bus"]) {
  yield { records: bus.records, next: { "0": bus.records.length + 1 } };
}
