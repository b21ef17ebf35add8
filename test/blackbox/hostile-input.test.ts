import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { createRandom, type Random } from "../../src/kernel/random.ts";
import {
  type Hostile,
  hostileItems,
  hostileText,
  joinBody,
  unreadableTexts,
} from "../fixtures/hostile-readings.ts";
import {
  createKey,
  type IaiProcess,
  runIai,
  startIai,
  untilIdle,
} from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const INPUTS = 2_000;
/** Inputs after which memory is measured first: code is compiled, caches are filled. */
const WARM_UP = 500;
const GROWTH_LIMIT_MIB = 64;
const MIB = 1024 * 1024;

describe("two thousand hostile inputs over HTTP", () => {
  it("get the right code, spoil no neighbour, leave memory flat, and are kept with their bytes", async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    console.log(`hostile input: seed ${seed}`);
    const dataDir = temporaryFolder("hostile");
    const iai = await startIai({ dataDir });
    const run: Run = {
      url: `${iai.apiUrl}/api/v1/readings`,
      key: createKey(dataDir, "ingest"),
      random: createRandom(seed),
      startedAt: Date.now(),
      counts: { accepted: 0, duplicates: 0, rejected: 0, readings: 0 },
      raw: new Set(),
    };
    let warmRss = 0;
    for (let n = 0; n < INPUTS; n += 1) {
      if (n === WARM_UP) warmRss = rssOf(iai);
      await attack(run, n);
    }
    const growth = (rssOf(iai) - warmRss) / MIB;
    console.log(
      `hostile input: ${INPUTS} sent, ${JSON.stringify(run.counts)}, memory ${(warmRss / MIB).toFixed(0)} MiB after ${WARM_UP}, ${growth.toFixed(1)} MiB more at the end`,
    );
    assert.ok(growth < GROWTH_LIMIT_MIB, `memory grew by ${growth.toFixed(1)} MiB`);
    await checkCounters(iai, run);
    await untilIdle(iai.apiUrl, createKey(dataDir, "viewer"));
    checkKept(dataDir, run);
    assert.equal(await iai.stop(), 0);
  });
});

interface Run {
  readonly url: string;
  readonly key: string;
  readonly random: Random;
  readonly startedAt: number;
  readonly counts: { accepted: number; duplicates: number; rejected: number; readings: number };
  /** Base64 of payloads that must be in quarantine. */
  readonly raw: Set<string>;
}

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly accepted?: number;
    readonly duplicates?: number;
    readonly rejected?: readonly { readonly index: number; readonly code: string }[];
    readonly degraded?: readonly {
      readonly index: number;
      readonly field: string;
      readonly code: string;
    }[];
  };
}

/** One input; most of each kind first in turn, so that none is left out, then what the seed says. */
async function attack(run: Run, n: number): Promise<void> {
  if (n % 40 === 39) return attackWhole(run, Math.floor(n / 40));
  if (n % 10 === 8) return attackUnreadable(run, Math.floor(n / 10));
  if (n % 10 === 9) return attackBroken(run);
  const hostile = hostileItems[(Math.floor(n / 10) * 8 + (n % 10)) % hostileItems.length];
  assert.ok(hostile !== undefined);
  return attackItem(run, hostile);
}

/** A hostile item alone or among good neighbours, as array or NDJSON, plain or zipped. */
async function attackItem(run: Run, hostile: Hostile): Promise<void> {
  const { random } = run;
  const format = random.integer(2) === 0 ? "json" : "ndjson";
  const neighbours = random.integer(4);
  const place = random.integer(neighbours + 1);
  // Time goes on until the item is judged.
  const now = Date.now() + 10_000;
  const text = hostileText(hostile.text, { at: nextInstant(run), now });
  const parts = Array.from({ length: neighbours }, () => neighbour(run)).toSpliced(place, 0, text);
  const answer = await send(run, joinBody(parts, format), { format, zip: random.integer(4) === 0 });
  const { code, field } = hostile;
  const isRefused = field === null;
  const about = `${text.slice(0, 200)}: ${JSON.stringify(answer).slice(0, 500)}`;
  if (code === "DEPTH" && format === "json" && neighbours === 0) {
    // Nothing in the body can be read, so it is the body that is refused.
    assert.deepEqual([answer.status, answer.body.code], [413, code], about);
    return;
  }
  assert.equal(answer.status, isRefused && neighbours === 0 ? 422 : 200, about);
  const rejected = answer.body.rejected?.map((item) => [item.index, item.code]);
  const degraded = answer.body.degraded?.map((item) => [item.index, item.field, item.code]);
  assert.deepEqual(rejected, isRefused ? [[place, code]] : [], about);
  assert.deepEqual(degraded, isRefused ? [] : [[place, field, code]], about);
  assert.equal(answer.body.accepted, neighbours + (isRefused ? 0 : 1), about);
  if (isRefused && !(format === "json" && hasBlanks(text))) run.raw.add(base64(text));
}

/** Bytes that are no JSON: the body is refused as a whole, of NDJSON only their line. */
async function attackUnreadable(run: Run, n: number): Promise<void> {
  const [bytes, code] = unreadableTexts[n % unreadableTexts.length] ?? [
    Buffer.from("{"),
    "JSON_INVALID",
  ];
  const format = run.random.integer(2) === 0 ? "json" : "ndjson";
  const parts = [neighbour(run), bytes, neighbour(run)];
  const answer = await send(run, joinBody(parts, format), { format, zip: false });
  if (format === "json") {
    assert.deepEqual([answer.status, answer.body.code], [400, code]);
    return;
  }
  assert.equal(answer.status, 200);
  assert.equal(answer.body.accepted, 2);
  assert.deepEqual(
    answer.body.rejected?.map((item) => [item.index, item.code]),
    [[1, code]],
  );
  run.raw.add(base64(bytes));
}

/** A good body with bytes changed, lost or cut: any refusal will do, a failure of ours will not. */
async function attackBroken(run: Run): Promise<void> {
  const { random } = run;
  let bytes = Buffer.from(joinBody([neighbour(run), neighbour(run)], "json"));
  for (let edit = 0; edit <= random.integer(4); edit += 1) {
    const place = random.integer(bytes.length);
    if (random.integer(4) === 0) bytes = bytes.subarray(0, place + 1);
    else bytes[place % bytes.length] = random.integer(256);
  }
  const format = random.integer(2) === 0 ? "json" : "ndjson";
  const answer = await send(run, bytes, { format, zip: false });
  assert.ok([200, 400, 413, 422].includes(answer.status), JSON.stringify(answer));
}

interface Whole {
  readonly name: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
}

const zipped = { "content-encoding": "gzip" };
const bomb = gzipSync(Buffer.alloc(256 * MIB, " "), { level: 9 });
const wholes: readonly Whole[] = [
  { name: "gzip bomb of 256 MiB", body: bomb, headers: zipped, status: 413 },
  { name: "20 MB", body: Buffer.alloc(20_000_000, "[1,"), status: 413 },
  { name: "deep nesting", body: Buffer.from("[".repeat(500_000)), status: 413 },
  { name: "1,001 readings", body: Buffer.from(`[${"{},".repeat(1_000)}{}]`), status: 413 },
  { name: "no gzip", body: Buffer.from("[{}]"), headers: zipped, status: 400 },
  { name: "half a gzip", body: bomb.subarray(0, 1_000), headers: zipped, status: 400 },
  {
    name: "brotli",
    body: Buffer.from("[{}]"),
    headers: { "content-encoding": "br" },
    status: 415,
  },
  {
    name: "a form",
    body: Buffer.from("device_id=H1"),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    status: 415,
  },
];

/** A body that is wrong as a whole. */
async function attackWhole(run: Run, n: number): Promise<void> {
  const whole = wholes[n % wholes.length];
  assert.ok(whole !== undefined);
  const answer = await send(run, whole.body, { headers: whole.headers });
  assert.equal(answer.status, whole.status, `${whole.name}: ${JSON.stringify(answer)}`);
}

async function send(
  run: Run,
  body: Uint8Array,
  how: {
    readonly format?: "json" | "ndjson";
    readonly zip?: boolean;
    readonly headers?: Readonly<Record<string, string>> | undefined;
  },
): Promise<Answer> {
  const response = await fetch(run.url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${run.key}`,
      "content-type": how.format === "ndjson" ? "application/x-ndjson" : "application/json",
      ...(how.zip === true ? { "content-encoding": "gzip" } : {}),
      ...how.headers,
    },
    body: how.zip === true ? gzipSync(body) : Buffer.from(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  assert.ok(response.status < 500, `${response.status} ${text}`);
  const answer: Answer = { status: response.status, body: JSON.parse(text) as Answer["body"] };
  run.counts.accepted += answer.body.accepted ?? 0;
  run.counts.duplicates += answer.body.duplicates ?? 0;
  run.counts.rejected += answer.body.rejected?.length ?? 0;
  return answer;
}

/** Instants that no reading had before. */
function nextInstant(run: Run): number {
  run.counts.readings += 1;
  return run.startedAt - 20_000_000 + run.counts.readings;
}

function neighbour(run: Run): string {
  return `{"device_id":"GOOD","timestamp":${nextInstant(run)},"temperature":45.3}`;
}

function base64(raw: string | Uint8Array): string {
  return Buffer.from(raw)
    .subarray(0, 64 * 1024)
    .toString("base64");
}

function hasBlanks(text: string): boolean {
  return text.trim() !== text;
}

function rssOf({ dataDir }: IaiProcess): number {
  const { pid } = JSON.parse(readFileSync(`${dataDir}/iai.run.json`, "utf8")) as { pid: number };
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function checkCounters(iai: IaiProcess, run: Run): Promise<void> {
  const text = await (await fetch(`${iai.apiUrl}/metrics`)).text();
  const counter = (name: string): number =>
    Number(new RegExp(`^iai_readings_${name}_total (\\S+)$`, "m").exec(text)?.[1]);
  const [accepted, duplicates] = [counter("accepted"), counter("duplicates")];
  assert.equal(counter("received"), accepted + duplicates + counter("rejected"));
  assert.deepEqual([accepted, duplicates], [run.counts.accepted, run.counts.duplicates]);
  assert.ok(counter("rejected") >= run.counts.rejected);
}

/** What was accepted can be read, what was refused lies in quarantine with its bytes. */
function checkKept(dataDir: string, run: Run): void {
  const rows = (kind: string): readonly Record<string, unknown>[] => {
    const done = runIai(["export", kind, "--data-dir", dataDir]);
    assert.equal(done.status, 0, done.stderr);
    const lines = done.stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  assert.equal(rows("readings").length, run.counts.accepted);
  const kept = new Set(rows("quarantine").map((row) => String(row["raw"])));
  const missing = [...run.raw].filter((raw) => !kept.has(raw));
  assert.deepEqual(
    missing.map((raw) => Buffer.from(raw, "base64").toString("utf8").slice(0, 200)),
    [],
  );
  console.log(`hostile input: ${kept.size} different payloads in quarantine`);
}
