import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { DeviationSample } from "../../src/model/detection.ts";
import {
  call,
  createKey,
  type IaiProcess,
  runIai,
  startIai,
  until,
  untilIdle,
} from "../fixtures/iai-process.ts";
import {
  type DetectedLine,
  detectedRows,
  needsSkab,
  shiftedCopy,
  skabFile,
  skabMap,
} from "../fixtures/recordings.ts";
import { samplesOverLog } from "../fixtures/steps-over-log.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { root } from "../tidy/sources.ts";

/** `PUMP_SPEED=10` plays the twenty minutes in two: alarms are then raised while the pump runs. */
const SPEED = process.env["PUMP_SPEED"] ?? "max";
const DEVICE = "PUMP_01";
const LIMITS = ["vibration=0.5", "temperature=95"];
/** Rows of `other/9`: the fault begins; 0.50 g is crossed. */
const FAULT_ROW = 572;
const CROSSED_ROW = 624;
const ROWS = 1_144;

describe("a real pump's recording, from reading to closed order", () => {
  it(
    "raises one alarm, P1 then P0, names vibration, and ends in one order that is closed",
    needsSkab,
    async () => {
      const plant = await aPlant();
      const answer = replay(plant, skabFile("other/9"), ["--shift-to-now", "--speed", SPEED]);
      assert.deepEqual(answer, { sent: ROWS, accepted: ROWS, duplicates: 0 });
      await untilIdle(plant.iai.apiUrl, plant.admin);

      const rows = detectedRows(skabFile("other/9"), LIMITS);
      const shift = await checkSameRows(plant, rows);
      const eventAt = (row: number): number => Date.parse(rows[row]?.timestamp ?? "") + shift;
      await checkDeviation(plant, eventAt(FAULT_ROW));
      const traceId = await checkAlarm(plant, eventAt);
      await checkReport(plant, traceId);
      await closeOrder(plant, traceId);
      assert.equal(await plant.iai.stop(), 0);
    },
  );

  it("gives the rows of `iai detect` again after a kill -9 in the middle", needsSkab, async () => {
    const plant = await aPlant("streamEngine: { checkpointEveryMs: 50 }\nlog: { level: warn }\n");
    const file = join(plant.dataDir, "pump.csv");
    shiftedCopy(skabFile("other/9"), { to: file, endAt: Date.now() });
    const sender = startReplay(plant, file, "200");
    await until(
      () => storedOf(plant),
      (stored) => stored > ROWS / 2,
      60_000,
    );
    await plant.iai.kill();
    sender.kill("SIGKILL");
    await once(sender, "exit");
    const checkpoint = keptCheckpoint(plant.dataDir);

    const iai = await startIai({ dataDir: plant.dataDir });
    const again = { ...plant, iai };
    const answer = replay(again, file, ["--speed", "max"]);
    assert.ok(answer.duplicates > ROWS / 2 && answer.accepted > 0, JSON.stringify(answer));
    assert.equal(answer.accepted + answer.duplicates, ROWS);
    await untilIdle(iai.apiUrl, plant.admin);

    const rows = detectedRows(skabFile("other/9"), LIMITS);
    await checkSameRows(again, rows);
    await checkResumedRows(again, { rows, checkpoint });
    const alerts = await listOf<AlertItem>(again, `alerts?device_id=${DEVICE}`);
    assert.deepEqual(
      alerts.map((alert) => alert.peak_severity),
      ["P0"],
    );
    assert.equal((await listOf(again, "reports")).length, 1);
    assert.equal((await listOf(again, "work-orders")).length, 1);
    assert.equal(await iai.stop(), 0);
  });

  it(
    "finds a closing valve through the flow, which has no limit and no column of its own",
    needsSkab,
    async () => {
      const plant = await aPlant();
      const file = skabFile("valve1/14");
      assert.equal(replay(plant, file, ["--shift-to-now", "--speed", "max"]).accepted, 1_139);
      await untilIdle(plant.iai.apiUrl, plant.admin);
      const deviations = await listOf<Episode>(plant, `anomalies?device_id=${DEVICE}&from=0`);
      assert.deepEqual(deviations.map(mainCauseOf), ["flow"]);
      const alerts = await listOf<AlertItem>(plant, `alerts?device_id=${DEVICE}`);
      assert.deepEqual(
        alerts.map((alert) => [alert.condition, alert.peak_severity, alert.worst_metric]),
        [["deviation", "P2", "flow"]],
      );
      assert.equal(await plant.iai.stop(), 0);
    },
  );
});

interface Plant {
  readonly dataDir: string;
  readonly iai: IaiProcess;
  readonly admin: string;
  readonly ingest: string;
}

/** A running IAI that knows the pump and its two limits. */
async function aPlant(yaml?: string): Promise<Plant> {
  const dataDir = temporaryFolder("pump");
  const iai = await startIai({ dataDir, ...(yaml === undefined ? {} : { yaml }) });
  const admin = createKey(dataDir, "admin");
  const body = {
    device_id: DEVICE,
    device_name: "Test bed pump",
    device_type: "pump",
    factory_id: "F001",
    line_id: "L001",
    rated_temp_max: 95,
    rated_vibration_max: 0.5,
  };
  assert.equal((await call(`${iai.apiUrl}/api/v1/devices`, admin, { body })).status, 201);
  return { dataDir, iai, admin, ingest: createKey(dataDir, "ingest") };
}

interface Replayed {
  readonly sent: number;
  readonly accepted: number;
  readonly duplicates: number;
}

function replay(plant: Plant, file: string, options: readonly string[]): Replayed {
  const target = ["--url", plant.iai.apiUrl, "--key", plant.ingest, "--json"];
  const done = runIai(["replay", file, "--map", skabMap, ...options, ...target]);
  assert.equal(done.status, 0, done.stderr);
  const { sent, accepted, duplicates } = JSON.parse(done.stdout) as Replayed;
  return { sent, accepted, duplicates };
}

function startReplay(plant: Plant, file: string, speed: string): ChildProcess {
  const entry = join(root, "src", "app", "cli", "main.ts");
  const options = ["--map", skabMap, "--speed", speed, "--url", plant.iai.apiUrl];
  return spawn(process.execPath, [entry, "replay", file, ...options, "--key", plant.ingest], {
    stdio: "ignore",
  });
}

async function listOf<T>(plant: Plant, path: string): Promise<readonly T[]> {
  const answer = await call<{ items: readonly T[] }>(
    `${plant.iai.apiUrl}/api/v1/${path}`,
    plant.admin,
  );
  assert.equal(answer.status, 200, path);
  return answer.body.items;
}

async function storedOf(plant: Plant): Promise<number> {
  return (await listOf(plant, `readings?device_id=${DEVICE}&from=0&limit=10000`)).length;
}

/** The steps' state as the killed process left it. */
function keptCheckpoint(dataDir: string): string {
  const path = join(temporaryFolder("checkpoint"), "checkpoints.db");
  for (const suffix of ["", "-wal"]) {
    const from = join(dataDir, `checkpoints.db${suffix}`);
    if (existsSync(from)) cpSync(from, `${path}${suffix}`);
  }
  return path;
}

/** The live path said of every reading what `iai detect` says of its row; answers how far times were moved. */
async function checkSameRows(plant: Plant, rows: readonly DetectedLine[]): Promise<number> {
  const checkpointPath = join(temporaryFolder("steps"), "checkpoints.db");
  const samples = await samplesOverLog(plant.dataDir, { deviceId: DEVICE, checkpointPath });
  assert.deepEqual(samples.map(withoutTime), rows.map(withoutTime));
  const shifts = new Set(
    rows.map(({ timestamp }, i) => (samples[i]?.at ?? 0) - Date.parse(timestamp)),
  );
  assert.equal(shifts.size, 1, "rows keep their distances");
  return [...shifts][0] ?? 0;
}

/** What came after the crash continues the state that was kept before it. */
async function checkResumedRows(
  plant: Plant,
  kept: { readonly rows: readonly DetectedLine[]; readonly checkpoint: string },
): Promise<void> {
  const samples = await samplesOverLog(plant.dataDir, {
    deviceId: DEVICE,
    checkpointPath: kept.checkpoint,
  });
  assert.ok(samples.length > 0 && samples.length < ROWS, `${samples.length} rows after the crash`);
  assert.deepEqual(
    samples.map(withoutTime),
    kept.rows.slice(ROWS - samples.length).map(withoutTime),
  );
}

function withoutTime({ state, score, contributions }: DetectedLine | DeviationSample) {
  return { state, score, contributions };
}

interface Episode {
  readonly detector: string;
  readonly condition: string;
  readonly started_at: string;
  readonly contributions: Readonly<Record<string, number>>;
}

function mainCauseOf({ contributions }: Episode): string {
  return Object.entries(contributions).toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? "none";
}

async function checkDeviation(plant: Plant, faultAt: number): Promise<void> {
  const episodes = await listOf<Episode>(plant, `anomalies?device_id=${DEVICE}&from=0`);
  const deviations = episodes.filter(({ condition }) => condition === "deviation");
  assert.deepEqual(deviations.map(mainCauseOf), ["vibration"]);
  const delayMs = Date.parse(deviations[0]?.started_at ?? "") - faultAt;
  assert.ok(delayMs >= 0 && delayMs <= 10_000, `deviation ${delayMs} ms after the fault`);
  console.log(`recorded pump: deviation ${delayMs / 1_000} s of event time after row ${FAULT_ROW}`);
}

interface AlertItem {
  readonly trace_id: string;
  readonly condition: string;
  readonly severity: string;
  readonly peak_severity: string;
  readonly worst_metric: string;
  readonly state: string;
  readonly conditions: readonly { readonly condition: string; readonly active: boolean }[];
}

interface HistoryItem {
  readonly at: string;
  readonly action: string;
  readonly detail: { readonly severity?: string };
}

async function checkAlarm(plant: Plant, eventAt: (row: number) => number): Promise<string> {
  const alerts = await listOf<AlertItem>(plant, `alerts?device_id=${DEVICE}`);
  assert.equal(alerts.length, 1, "one fault, one alarm");
  const alarm = alerts[0];
  assert.ok(alarm !== undefined);
  assert.equal(alarm.peak_severity, "P0");
  const history = await listOf<HistoryItem>(plant, `alerts/${alarm.trace_id}/history`);
  const severities = history.filter(({ action }) => action === "raised" || action === "escalated");
  assert.deepEqual(
    severities.map(({ action, detail, at }) => [action, detail.severity, Date.parse(at)]),
    [
      ["raised", "P1", Date.parse(severities[0]?.at ?? "")],
      ["escalated", "P0", eventAt(CROSSED_ROW)],
    ],
  );
  assert.ok(Date.parse(severities[0]?.at ?? "") < eventAt(CROSSED_ROW));
  // The pump was repaired on the test bed: vibration is healthy again, what else changed is offered to be learned.
  const vibration = alarm.conditions.find(({ condition }) => condition === "high_vibration");
  assert.equal(vibration?.active, false);
  return alarm.trace_id;
}

interface Report {
  readonly diagnosis_text: string;
  readonly fault_category: string;
  readonly severity: string;
  readonly source: string;
  readonly evidence: readonly { readonly id: string }[];
  readonly grounding: {
    readonly checked_numbers: number;
    readonly violations: readonly unknown[];
  };
}

async function checkReport(plant: Plant, traceId: string): Promise<void> {
  const url = `${plant.iai.apiUrl}/api/v1/alerts/${traceId}/report?lang=en`;
  const { body: report } = await call<Report>(url, plant.admin);
  assert.deepEqual(report.grounding.violations, []);
  assert.ok(report.grounding.checked_numbers >= 10);
  assert.equal(report.severity, "CRITICAL");
  assert.equal(report.source, "rules");
  assert.match(report.diagnosis_text, /0\.276 g/, "healthy level of this pump");
  assert.match(report.diagnosis_text, /reached or passed its limit of 0\.500 g/);
  assert.match(report.diagnosis_text, /of the deviation comes from vibration/);
  const known = new Set(report.evidence.map(({ id }) => id));
  const cited = [...report.diagnosis_text.matchAll(/\[(E\d+)\]/g)].map(([, id]) => id ?? "");
  assert.ok(cited.length > 0 && cited.every((id) => known.has(id)));
  console.log(
    `recorded pump: ${report.fault_category}, ${report.grounding.checked_numbers} numbers checked, ${report.grounding.violations.length} violations`,
  );
}

interface Order {
  readonly order_no: string;
  readonly status: string;
  readonly order_type: string;
  readonly rebaseline_offered: boolean;
}

async function closeOrder(plant: Plant, traceId: string): Promise<void> {
  const orders = await listOf<Order>(plant, "work-orders");
  assert.deepEqual(
    orders.map(({ status, order_type }) => [status, order_type]),
    [["PROPOSED", "EMERGENCY"]],
  );
  const path = `work-orders/${orders[0]?.order_no ?? "none"}`;
  const move = async (name: string, body: unknown): Promise<Order> => {
    const url = `${plant.iai.apiUrl}/api/v1/${path}/${name}`;
    const answer = await call<Order>(url, plant.admin, { body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  await move("approve", { reason: "vibration beyond its limit" });
  await move("start", {});
  const closed = await move("complete", {
    verdict: { alarm: "right", cause: "imbalance", fix: "repair", note: "rotor balanced" },
    actual_hours: 3,
    reason: "flow differs from before the repair: the baseline is to be learned anew",
  });
  assert.equal(closed.status, "COMPLETED");
  // Needs re-baseline: offered by the verdict, confirmed by an engineer, and with it the alarm ends.
  assert.equal(closed.rebaseline_offered, true);
  const api = `${plant.iai.apiUrl}/api/v1`;
  const rebaselined = await call(`${api}/devices/${DEVICE}/rebaseline`, plant.admin, {
    body: { reason: "rotor balanced" },
  });
  assert.ok(rebaselined.status < 300, JSON.stringify(rebaselined.body));
  await untilIdle(plant.iai.apiUrl, plant.admin);
  const alarm = await call<AlertItem>(`${api}/alerts/${traceId}`, plant.admin);
  assert.equal(alarm.body.state, "UNACK_CLEARED");
  assert.equal((await listOf(plant, `alerts?device_id=${DEVICE}`)).length, 1);
}
