import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeError, type ErrorCode } from "../../../kernel/errors.ts";
import { failureOfQuery, failureOnTheWay, mayStillHappen, refusalOf } from "./errors.ts";

const json = (error: string): string => JSON.stringify({ error });

/** Answers of InfluxDB 1.8.10 to writes, as it gave them. */
const conflict =
  'partial write: field type conflict: input field "flow" on measurement "sensor_raw" is type float, already exists as type integer dropped=1';
const expired = "partial write: points beyond retention policy dropped=3";
const unparsable = `unable to parse 'sensor_raw,device_id=a': missing fields`;

describe("failures of InfluxDB", () => {
  it("refuse points only where the server speaks of points, and tell how many", () => {
    assert.deepEqual(refusalOf(400, json(conflict)), { reason: conflict, dropped: 1 });
    assert.deepEqual(refusalOf(400, json(expired)), { reason: expired, dropped: 3 });
    assert.deepEqual(refusalOf(400, json(unparsable)), { reason: unparsable, dropped: null });
    assert.equal(refusalOf(413, json("Request Entity Too Large")).dropped, null);
  });

  const ofTheServer: readonly (readonly [number, string, ErrorCode])[] = [
    [401, "authorization failed", "TELEMETRY_DENIED"],
    [403, '"reader" user is not authorized to write to database "iai"', "TELEMETRY_DENIED"],
    [404, 'database not found: "iai"', "TELEMETRY_UNREACHABLE"],
    [500, "retention policy not found: rp_raw_90d", "TELEMETRY_UNREACHABLE"],
    [500, "timeout", "TELEMETRY_UNREACHABLE"],
    [500, "write /wal/_00001.wal: no space left on device", "TELEMETRY_FULL"],
    [400, "partial write: max-values-per-tag limit exceeded dropped=2", "TELEMETRY_FULL"],
    [429, "too many requests", "TELEMETRY_UNREACHABLE"],
    [502, "<html>bad gateway</html>", "TELEMETRY_UNREACHABLE"],
  ];
  for (const [status, words, code] of ofTheServer) {
    it(`never cost a point when the server answers ${status} ${words}`, () => {
      assert.throws(() => refusalOf(status, json(words)), { code });
      assert.ok(describeError(code).retry);
    });
  }

  it("are the same whether the answer is InfluxDB's JSON or a proxy's page", () => {
    assert.throws(() => refusalOf(503, "<html>no backend</html>"), {
      code: "TELEMETRY_UNREACHABLE",
    });
    assert.throws(() => refusalOf(503, ""), { code: "TELEMETRY_UNREACHABLE" });
  });

  it("on the way say that nobody answers", () => {
    for (const failure of [
      new Error("connect ECONNREFUSED"),
      new AggregateError([new Error("connect ECONNREFUSED ::1")]),
      new SyntaxError("Unexpected end of JSON input"),
    ]) {
      assert.equal(failureOnTheWay(failure, "write").code, "TELEMETRY_UNREACHABLE");
    }
  });

  it("on the way tell what was never sent from what may still happen", () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    assert.equal(mayStillHappen(failureOnTheWay(refused, "write")), false);
    const both = new AggregateError([refused, refused]);
    assert.equal(mayStillHappen(failureOnTheWay(both, "write")), false);
    const reset = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    assert.equal(mayStillHappen(failureOnTheWay(reset, "write")), true);
    assert.equal(mayStillHappen(failureOnTheWay(new Error("no answer in 2 ms"), "write")), true);
  });

  it("of a query tell one that asks too much from a server that cannot answer", () => {
    assert.equal(failureOfQuery("query-timeout limit exceeded").code, "QUERY_TOO_WIDE");
    assert.equal(failureOfQuery("max-select-point limit exceeed").code, "QUERY_TOO_WIDE");
    assert.equal(failureOfQuery("shard is disabled").code, "TELEMETRY_UNREACHABLE");
    assert.equal(failureOfQuery("open x: no space left on device").code, "TELEMETRY_FULL");
  });
});
