import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { aReading } from "../../../../test/contract/telemetry-store.ts";
import { anyReadings } from "../../../../test/servers/influxdb/any-reading.ts";
import type { Reading } from "../../../model/reading.ts";
import { fieldsFor, flawOf, lineOf, pointOf, readingsOf } from "./codec.ts";
import type { Series } from "./influx-client.ts";

const START = Date.UTC(2026, 1, 28, 12);

/** A field of a line as the server understands it: strings unescaped, numbers as they are. */
function fieldValue(text: string): unknown {
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(["\\])/g, "$1");
  return Number(text.endsWith("i") ? text.slice(0, -1) : text);
}

/** What the server makes of a line, by the rules of the protocol and not by ours. */
function parsed(line: string): Series {
  const parts = /^(\S+) ((?:[^" ]|"(?:\\.|[^"\\])*")+) (\d+)$/su.exec(line);
  assert.ok(parts, line);
  const [, key, fields = "", time] = parts;
  assert.equal(key, "sensor_raw,device_id=PUMP_01");
  const pairs = [...fields.matchAll(/([^=,]+)=("(?:\\.|[^"\\])*"|[^,]+)/gsu)];
  const columns = ["time", ...pairs.map(([, name = ""]) => name)];
  assert.equal(new Set(columns).size, columns.length, "a field stands twice");
  return { columns, values: [[Number(time), ...pairs.map(([, , text = ""]) => fieldValue(text))]] };
}

describe("readings in line protocol", () => {
  it("come back exactly, whatever they say", () => {
    fc.assert(
      fc.property(anyReadings("PUMP_01", START), (readings) => {
        for (const reading of readings) {
          assert.equal(flawOf(reading), null);
          const back = readingsOf("PUMP_01", parsed(lineOf(pointOf(reading))), null);
          assert.deepEqual(back, [reading]);
        }
      }),
    );
  });

  it("write no metric under a name that the database keeps for itself", () => {
    const names = ["time", "TIME", "device_id", "_field", "__proto__"];
    const reading = aReading(0, Object.fromEntries(names.map((name, i) => [name, i])));
    const { columns } = parsed(lineOf(pointOf(reading)));
    for (const column of columns.slice(1)) assert.match(column, /^[~@]/);
  });

  it("give only the metrics asked for, with their marks, and leave out readings without them", () => {
    const reading = aReading(
      0,
      { flow: 1, pressure: 2 },
      {
        qualities: new Map([
          ["flow", "bad"],
          ["pressure", "uncertain"],
        ]),
        sources: new Map([["pressure", { value: 20, unit: "bar" }]]),
      },
    );
    const series = parsed(lineOf(pointOf(reading)));
    const [flow] = readingsOf("PUMP_01", series, new Set(["flow"]));
    assert.deepEqual(flow?.values, new Map([["flow", 1]]));
    assert.deepEqual(flow?.qualities, new Map([["flow", "bad"]]));
    assert.equal(flow?.sources, null);
    assert.deepEqual(readingsOf("PUMP_01", series, new Set(["current"])), []);
  });

  it("never let a name become part of a query", () => {
    const hostile = ['flow" FROM x; DROP MEASUREMENT "sensor_raw', "a b", "", "轴承", "x\\"];
    assert.equal(fieldsFor(hostile), fieldsFor([]));
  });

  it("refuse what the database could not give back exactly", () => {
    const flawed: Partial<Reading>[] = [
      { deviceId: 'PUMP_01" OR "1"="1' },
      { deviceId: "PUMP_01 a=1 1\nsensor_raw" },
      { deviceId: "" },
      { measuredAt: START + 0.5 },
      { measuredAt: -1 },
      { measuredAt: Date.UTC(2263, 0) },
      { receivedAt: Number.NaN },
      { seq: 0.5 },
      { configVersion: 2 ** 60 },
      { values: new Map([["flow", Number.NaN]]) },
      { values: new Map([["flow", Number.POSITIVE_INFINITY]]) },
      { values: new Map([["flow=1,current", 2]]) },
      { qualities: new Map([["a b", "bad"]]) },
      { faults: new Map([["a\nb", { code: "VALUE_TYPE", raw: "" }]]) },
      { sources: new Map([["", { value: 1, unit: "bar" }]]) },
    ];
    for (const flaw of flawed) assert.notEqual(flawOf(aReading(0, { flow: 1 }, flaw)), null);
  });
});
