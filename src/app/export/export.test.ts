import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { aDevice, anAlertRow, anOrder, noon } from "../../../test/fixtures/record-rows.ts";
import { withTelemetry } from "../../../test/fixtures/telemetry-on-disk.ts";
import { HOUR } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import { csvCell, formatRows } from "./export-format.ts";
import {
  type ExportFilter,
  type ExportKind,
  exportColumns,
  exportKinds,
  exportRows,
} from "./export-rows.ts";

const everything: ExportFilter = { deviceId: null, from: null, to: null };

function aReading(deviceId: string, second: number): Reading {
  return {
    deviceId,
    measuredAt: noon + second * 1_000,
    receivedAt: noon + second * 1_000 + 5,
    values: new Map([
      ["temperature", 40 + (second % 10)],
      ["flow", 30],
    ]),
    qualities: null,
    faults: null,
    sources: null,
    seq: second,
    status: "NORMAL",
    configVersion: 2,
  };
}

async function aPlant(
  work: (
    collect: (
      kind: ExportKind,
      filter?: Partial<ExportFilter>,
    ) => Promise<Record<string, unknown>[]>,
  ) => Promise<void>,
) {
  await withTelemetry(async (telemetry) => {
    const records = new InMemoryRecords();
    await records.transaction(async (tx) => {
      for (const id of ["PUMP_02", "PUMP_01"]) await tx.insert("device_registry", aDevice(id));
      for (let i = 0; i < 1_203; i += 1) {
        // Many of one millisecond: a page must not end between them unnoticed.
        await tx.insert(
          "alert_log",
          anAlertRow(`t${String(i).padStart(5, "0")}`, { openedAt: noon + Math.floor(i / 700) }),
        );
      }
      await tx.insert("work_order", { ...anOrder("WO-20260228-0001", "t00001"), createdAt: noon });
    });
    const readings = ["PUMP_01", "PUMP_02"].flatMap((id) =>
      Array.from({ length: 4_100 }, (_, i) => aReading(id, i)),
    );
    const logged = readings.map((reading, i) => ({ reading, partition: "0", offset: i + 1 }));
    await telemetry.write(logged, { "0": readings.length + 1 });
    const source = { telemetry, records, now: noon + 2 * HOUR };
    await work((kind, filter = {}) =>
      Array.fromAsync(exportRows(kind, { ...everything, ...filter }, source)),
    );
  });
}

describe("export", () => {
  it("gives every reading of every device once, in time order, with all its fields", async () => {
    await aPlant(async (collect) => {
      const rows = await collect("readings");
      assert.equal(rows.length, 8_200);
      assert.deepEqual(rows[4_099], {
        device_id: "PUMP_01",
        timestamp: "2026-02-28T13:08:19.000Z",
        temperature: 49,
        metrics: { flow: 30 },
        seq: 4_099,
        status: "NORMAL",
        received_at: "2026-02-28T13:08:19.005Z",
        config_version: 2,
      });
      assert.equal(
        (await collect("readings", { deviceId: "PUMP_02", from: noon, to: noon + 60_000 })).length,
        60,
      );
    });
  });

  it("gives minutes of every metric", async () => {
    await aPlant(async (collect) => {
      const rows = await collect("aggregates", { deviceId: "PUMP_01" });
      assert.equal(rows.length, 69 * 2);
      assert.equal(
        rows.reduce((sum, row) => sum + Number(row["count"]), 0),
        8_200,
      );
    });
  });

  it("gives every alert once, also where many share one instant", async () => {
    await aPlant(async (collect) => {
      const ids = (await collect("alerts")).map((row) => String(row["trace_id"]));
      assert.equal(ids.length, 1_203);
      assert.equal(new Set(ids).size, 1_203);
      assert.equal((await collect("orders")).length, 1);
      assert.equal((await collect("alerts", { to: noon })).length, 0);
    });
  });

  it("names every field of a row among its columns", async () => {
    await aPlant(async (collect) => {
      for (const kind of exportKinds) {
        const known = new Set(exportColumns(kind));
        for (const row of await collect(kind, { to: noon + 10_000 })) {
          for (const field of Object.keys(row)) assert.ok(known.has(field), `${kind}.${field}`);
        }
      }
    });
  });
});

describe("export as CSV", () => {
  it("lets no text begin a formula and leaves negative numbers alone", () => {
    assert.equal(csvCell("=1+1"), "'=1+1");
    assert.equal(csvCell("@SUM(A1)"), "'@SUM(A1)");
    assert.equal(csvCell("-5"), "'-5");
    assert.equal(csvCell(-5.25), "-5.25");
    assert.equal(csvCell(null), "");
    assert.equal(csvCell({ flow: 1 }), '"{""flow"":1}"');
    fc.assert(
      fc.property(fc.string(), (text) => assert.match(csvCell(text), /^("?)(?![=+\-@\t\r])/)),
    );
  });

  it("writes the header once and one line a row, in the order of the columns", async () => {
    async function* rows() {
      yield { b: 'say "hi"', a: 1 };
      yield { a: null };
    }
    assert.deepEqual(await Array.fromAsync(formatRows(rows(), "csv", ["a", "b"])), [
      "a,b\r\n",
      '1,"say ""hi"""\r\n',
      ",\r\n",
    ]);
    assert.deepEqual(await Array.fromAsync(formatRows(rows(), "ndjson", [])), [
      '{"b":"say \\"hi\\"","a":1}\n',
      '{"a":null}\n',
    ]);
  });
});
