import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseTimestamp } from "./timestamp.ts";

const from = new Date("0100-01-01T00:00:00Z");

describe("a timestamp", () => {
  it("is read as Date writes it, for every instant", () => {
    const dates = fc.date({
      min: from,
      max: new Date("9999-12-31T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        assert.equal(parseTimestamp(date.toISOString()), date.getTime());
        assert.equal(parseTimestamp(date.getTime()), date.getTime());
      }),
    );
  });

  it("counts its offset", () => {
    const at = Date.UTC(2026, 1, 28, 12);
    const same = [
      "2026-02-28T12:00Z",
      "2026-02-28t12:00:00z",
      "2026-02-28T20:00:00+08:00",
      "2026-02-28T20:00:00.000+0800",
      "2026-02-28T20:00+08",
      "2026-02-27T23:30:00.0-12:30",
    ];
    for (const text of same) assert.equal(parseTimestamp(text), at, text);
    assert.equal(parseTimestamp("2026-02-28T12:00:00.1239Z"), at + 123);
    assert.equal(parseTimestamp("2024-02-29T00:00:00.5Z"), Date.UTC(2024, 1, 29) + 500);
  });

  it("without an offset is refused, whatever zone this machine is in", () => {
    for (const text of ["2026-02-28T12:00:00", "2026-02-28T12:00", "2026-02-28T12:00:00.123"]) {
      assert.equal(parseTimestamp(text), "TS_NO_ZONE", text);
    }
  });

  it("that no calendar knows is refused", () => {
    const impossible = [
      "2026-02-30T12:00:00Z",
      "2026-02-30T12:00:00",
      "2025-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T12:60:00Z",
      "2026-01-01T12:00:60Z",
      "2026-01-01T12:00:00+24:00",
      "2026-01-01T12:00:00+08:60",
      "2026-01-01T12:00:00+8",
      "2026-01-01T12:00:00 Z",
      "2026-01-01T12:00:00Zx",
      "2026-01-01T12:00:00.Z",
      "2026-01-01T12:00:00.1234567890Z",
      "2026-01-01 12:00:00Z",
      "2026-1-1T12:00:00Z",
      "2026-01-01",
      "20260101T120000Z",
      "+002026-01-01T12:00:00Z",
      "1772280000000",
      "yesterday",
      "",
    ];
    for (const text of impossible) assert.equal(parseTimestamp(text), "TS_INVALID", text);
    assert.equal(parseTimestamp(1.5), "TS_INVALID");
    assert.equal(parseTimestamp(2 ** 60), "TS_INVALID");
    for (const other of [null, true, {}, []]) assert.equal(parseTimestamp(other), "FIELD_TYPE");
  });
});
