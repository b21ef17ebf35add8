import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needsSkab, skabFile } from "../../../../test/fixtures/recordings.ts";
import { inTemporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { type DetectRun, runDetect } from "./detect.ts";

const root = new URL("../../../../", import.meta.url).pathname;
const skabMap = join(root, "examples/maps/skab.yaml");

interface Row {
  readonly row: number;
  readonly timestamp: string | null;
  readonly state: string;
  readonly score: number | null;
  readonly contributions: Readonly<Record<string, number>>;
  readonly rejected?: string;
}

async function detect(run: Partial<DetectRun> & { readonly file: string }): Promise<string[]> {
  const lines: string[] = [];
  const out = (line: string): void => void lines.push(line);
  const code = await runDetect({
    map: skabMap,
    device: null,
    learnRows: null,
    rows: false,
    json: false,
    limits: {},
    out,
    ...run,
  });
  assert.equal(code, 0);
  return lines;
}

const rowsOf = async (run: Partial<DetectRun> & { readonly file: string }): Promise<Row[]> =>
  (await detect({ ...run, rows: true })).map((line) => JSON.parse(line) as Row);

describe("iai detect", () => {
  it(
    "finds the imbalance of other/9 within ten seconds, names vibration, and was quiet before",
    needsSkab,
    async () => {
      const rows = await rowsOf({ file: skabFile("other/9") });
      assert.equal(rows.length, 1_144);
      assert.ok(
        rows.slice(0, 400).every(({ state, score }) => state === "learning" && score === null),
      );
      assert.ok(rows.slice(400, 572).every(({ state }) => state === "normal"));
      const first = rows.find(({ state }) => state === "deviation");
      assert.ok(first !== undefined);
      const begun = Date.parse(rows[572]?.timestamp ?? "");
      assert.ok(Date.parse(first.timestamp ?? "") - begun <= 10_000);
      assert.equal(topOf(first), "vibration");
    },
  );

  it(
    "says so by the rated limit as well, in the same minute that the limit is crossed",
    needsSkab,
    async () => {
      const file = skabFile("other/9");
      const lines = await detect({ file, json: true, limits: { vibration: 0.5, temperature: 95 } });
      const conditions = lines.map((line) => (JSON.parse(line) as { condition: string }).condition);
      assert.deepEqual(conditions.toSorted(), ["deviation", "high_vibration"]);
    },
  );

  it("finds the closed valve of valve1/14, which only the flow shows", needsSkab, async () => {
    const rows = await rowsOf({ file: skabFile("valve1/14") });
    const first = rows.find(({ state }) => state === "deviation");
    assert.ok(first !== undefined && first.row >= 569 && first.row < 640);
    assert.equal(topOf(first), "flow");
    assert.equal(rows.at(-1)?.state, "normal");
  });

  it("keeps healthy hours quiet", needsSkab, async () => {
    const lines = await detect({
      file: skabFile("anomaly-free.part1"),
      json: true,
      learnRows: 600,
    });
    const deviations = lines.filter((line) => line.includes('"condition":"deviation"'));
    assert.ok(deviations.length <= 3, `${deviations.length} episodes in 1.4 h`);
  });

  it(
    "never looks at the row number: with its first rows cut off it finds the same",
    needsSkab,
    async () => {
      await inTemporaryFolder(async (folder) => {
        const [header = "", ...data] = (await readFile(skabFile("other/9"), "utf8"))
          .trim()
          .split("\n");
        for (const cut of [37, 83, 149]) {
          const file = join(folder, `cut-${cut}.csv`);
          await writeFile(file, [header, ...data.slice(cut)].join("\n"));
          const first = (await rowsOf({ file })).find(({ state }) => state === "deviation");
          assert.ok(first !== undefined && first.row + cut >= 572 && first.row + cut <= 582);
        }
      });
    },
  );

  it("prints a line for every data row; a refused one repeats the state and says why", async () => {
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, "short.csv");
      const map = join(folder, "map.yaml");
      await writeFile(
        map,
        'timestamp: { column: t }\ndevice: P1\nmetrics: { flow: { column: flow, unit: "m³/h" } }\n',
      );
      const lines = [
        "t,flow",
        "2026-01-01 00:00:00,1",
        "2026-02-30 00:00:00,1",
        "2026-01-01 00:00:01,broken",
        ",1",
        "2026-01-01 00:00:00,2",
        "2026-01-01 00:00:00,1",
        "2026-01-01 00:00:01,3",
      ];
      await writeFile(file, lines.join("\n"));
      const rows = await rowsOf({ file, map });
      assert.deepEqual(
        rows.map(({ row, rejected }) => [row, rejected ?? null]),
        [
          [0, null],
          [1, "TS_INVALID"],
          [2, "NO_VALUES"],
          [3, "FIELD_MISSING"],
          [4, "DUPLICATE_CONFLICT"],
          [5, null],
          [6, null],
        ],
      );
      assert.ok(rows.every(({ state }) => state === "learning"));
    });
  });
});

function topOf(row: Row): string | undefined {
  return Object.entries(row.contributions).toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
