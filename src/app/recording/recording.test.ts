import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { inTemporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { judgeRow } from "./judge-row.ts";
import { isRecorded, openRecording, type Recording } from "./recording.ts";
import { loadRecordingMap, parseRecordingMap } from "./recording-map.ts";
import type { RecordedRow } from "./row-reader.ts";

const examples = new URL("../../../examples/maps/", import.meta.url).pathname;

/** Opens a recording from texts. */
async function opened<T>(
  texts: {
    readonly map: string;
    readonly csv: string;
    readonly gz?: boolean;
    readonly device?: string;
  },
  use: (recording: Recording) => Promise<T>,
): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const map = join(folder, "map.yaml");
    const file = join(folder, texts.gz === true ? "data.csv.gz" : "data.csv");
    await writeFile(map, texts.map);
    await writeFile(file, texts.gz === true ? gzipSync(texts.csv) : texts.csv);
    return use(await openRecording({ file, map, device: texts.device ?? null }));
  });
}

async function rowsOf(recording: Recording): Promise<RecordedRow[]> {
  const rows: RecordedRow[] = [];
  for await (const row of recording.rows()) rows.push(row);
  return rows;
}

const simple = "timestamp: { column: t }\ndevice: P1\nmetrics: { flow: { column: q } }\n";

describe("a recording", () => {
  it("becomes readings in wire form: shorthands by name, others in metrics, units where they differ", async () => {
    const map = `
separator: ";"
timestamp: { column: t, zone: "+08:00" }
device: { column: unit }
metrics:
  vibration: { columns: [a, b], take: max, unit: g }
  pressure:  { column: p, unit: bar }
  torque:    { column: m, unit: "1" }
ignore: [label]
`;
    const csv = "t;unit;a;b;p;m;label\n2026-01-01 08:00:00;P7;0.1;0.3;1.5;;1\n";
    const [row] = await opened({ map, csv }, rowsOf);
    assert.deepEqual(row?.wire, {
      device_id: "P7",
      timestamp: Date.UTC(2026, 0, 1),
      vibration: 0.3,
      pressure: 1.5,
      units: { pressure: "bar" },
    });
    const judged = judgeRow(row.wire, () => "MPa");
    assert.ok(judged.ok);
    assert.equal(judged.reading.values.get("pressure"), 0.15);
  });

  it("takes max, min, mean or sum of the columns that hold numbers", async () => {
    const take = async (how: string, cells: string): Promise<unknown> => {
      const map = `timestamp: { column: t }\ndevice: P1\nmetrics: { current: { columns: [a, b], take: ${how} } }\n`;
      const [row] = await opened({ map, csv: `t,a,b\n2026-01-01T00:00:00Z,${cells}\n` }, rowsOf);
      return row?.wire["current"];
    };
    assert.equal(await take("max", "1,3"), 3);
    assert.equal(await take("min", "1,3"), 1);
    assert.equal(await take("mean", "1,3"), 2);
    assert.equal(await take("sum", "1,3"), 4);
    assert.equal(await take("max", "1,NaN"), 1);
    assert.equal(await take("max", "NaN,x"), "NaN");
    assert.equal(await take("max", ","), undefined);
  });

  it("reads gzip, byte order marks, blanks as separator, files without a header, and rows without time", async () => {
    const map =
      'separator: " "\nheader: [unit, q]\ntimestamp: { start: "2026-01-01T00:00:00Z", step_s: 180 }\ndevice: { column: unit }\nmetrics: { flow: { column: q } }\n';
    const rows = await opened({ map, csv: "1 5.5 \n1 6 \n2 7 \n", gz: true }, rowsOf);
    assert.deepEqual(
      rows.map(({ row, line, deviceId, measuredAt }) => [
        row,
        line,
        deviceId,
        measuredAt - Date.UTC(2026, 0, 1),
      ]),
      [
        [0, 1, "1", 0],
        [1, 2, "1", 180_000],
        [2, 3, "2", 360_000],
      ],
    );
    const marked = await opened(
      { map: simple, csv: "\uFEFFt,q\r\n2026-01-01 00:00:00,1\r\n" },
      rowsOf,
    );
    assert.equal(marked.length, 1);
  });

  it("counts times from a start, and knows named zones with their summer", async () => {
    const counted = simple.replace(
      "{ column: t }",
      '{ column: t, unit: s, start: "2026-01-01T00:00:00Z" }',
    );
    const [row] = await opened({ map: counted, csv: "t,q\n1.5,1\n" }, rowsOf);
    assert.equal(row?.measuredAt, Date.UTC(2026, 0, 1) + 1_500);
    const berlin = simple.replace("{ column: t }", "{ column: t, zone: Europe/Berlin }");
    const csv = "t,q\n2026-01-01 12:00:00,1\n2026-07-01 12:00:00,1\n2026-07-01T12:00:00Z,1\n";
    const times = (await opened({ map: berlin, csv }, rowsOf)).map(({ measuredAt }) =>
      new Date(measuredAt).toISOString().slice(11, 16),
    );
    assert.deepEqual(times, ["11:00", "10:00", "12:00"]);
  });

  it("keeps the place of a row that has no time or no device, and says why", async () => {
    const csv = "t,q\n2026-13-01 00:00:00,1\n2026-01-01 00:00:00,1\nyesterday,2\n";
    await opened({ map: simple, csv }, async (recording) => {
      const all = [];
      for await (const row of recording.everyRow())
        all.push(isRecorded(row) ? row.row : row.rejected);
      assert.deepEqual(all, ["TS_INVALID", 1, "TS_INVALID"]);
      const span = await recording.span();
      assert.deepEqual([span.rows, span.refused], [1, 2]);
    });
    await opened({ map: simple, csv, device: "OTHER" }, async (recording) => {
      assert.deepEqual(await recording.devices(), ["OTHER"]);
    });
  });

  it("names the column that the map reads and the file does not have", async () => {
    const missing = opened({ map: simple, csv: "t,other\n1,2\n" }, rowsOf);
    await assert.rejects(missing, (failure: { code: string; data: { column: string } }) => {
      assert.deepEqual([failure.code, failure.data.column], ["MAP_INVALID", "q"]);
      return true;
    });
  });

  it("keeps a row of nothing but separators, and one with cells that no column names, in their places", async () => {
    const csv = 't,q\n2026-01-01 00:00:00,1\n,\n2026-01-01 00:00:02,1,5\n2026-01-01 00:00:03,4"5\n';
    await opened({ map: simple, csv }, async (recording) => {
      const verdicts: unknown[] = [];
      for await (const row of recording.everyRow())
        verdicts.push("rejected" in row ? row.rejected : row.row);
      assert.deepEqual(verdicts, [0, "FIELD_MISSING", "FIELD_UNKNOWN", 3]);
    });
  });

  it("names the file and the line when it cannot be read", async () => {
    await assert.rejects(opened({ map: simple, csv: "" }, rowsOf), { code: "RECORDING_INVALID" });
    const broken = opened(
      { map: simple, csv: 't,q\n2026-01-01 00:00:00,1\n2026-01-01 00:00:01,"2\n' },
      rowsOf,
    );
    await assert.rejects(broken, (failure: { code: string; data: { line: number } }) => {
      assert.equal(failure.code, "RECORDING_INVALID");
      assert.ok(failure.data.line >= 2);
      return true;
    });
    await assert.rejects(
      opened({ map: simple, csv: "t,q\nx,1\n" }, (recording) => recording.span()),
      { code: "RECORDING_INVALID" },
    );
  });
});

describe("a map", () => {
  const placeOf = (text: string): [number, number] => {
    try {
      parseRecordingMap(text, "map.yaml");
    } catch (failure) {
      const { code, data } = failure as { code: string; data: { line: number; column: number } };
      assert.equal(code, "MAP_INVALID");
      return [data.line, data.column];
    }
    return assert.fail("must be refused");
  };

  it("is refused with line and column for an unknown key, unit, form or syntax", () => {
    assert.deepEqual(placeOf(`${simple}speed: 3\n`), [4, 1]);
    assert.deepEqual(placeOf(simple.replace("column: q", "column: q, unit: furlong")), [3, 31]);
    assert.deepEqual(placeOf(simple.replace("column: q", "columns: [q, r]"))[0], 3);
    assert.deepEqual(placeOf(simple.replace("{ column: t }", "{ step_s: 5 }")), [1, 1]);
    assert.equal(placeOf("timestamp: { column: t\n")[0] >= 1, true);
    assert.deepEqual(placeOf(`${simple}ignore: [q]\n`), [1, 1]);
    assert.deepEqual(placeOf(""), [1, 1]);
  });

  it("is refused for a zone that does not exist and for a missing device", async () => {
    const csv = "t,q\n2026-01-01 00:00:00,1\n";
    const zone = simple.replace("{ column: t }", "{ column: t, zone: Mars/Base }");
    await assert.rejects(opened({ map: zone, csv }, rowsOf), { code: "MAP_INVALID" });
    await assert.rejects(opened({ map: simple.replace("device: P1\n", ""), csv }, rowsOf), {
      code: "MAP_INVALID",
    });
  });

  it("reads every shipped example", async () => {
    for (const name of [
      "skab",
      "nab",
      "tep",
      "hydraulic",
      "ims",
      "ims-two-axes",
      "femto",
      "cmapss",
      "ai4i",
    ]) {
      const map = await loadRecordingMap(join(examples, `${name}.yaml`));
      assert.ok(Object.keys(map.metrics).length > 0, name);
    }
  });
});
