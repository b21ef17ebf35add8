import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "../fixtures/eventually.ts";
import { type HttpPlant, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { runIai } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { freePorts } from "../servers/processes.ts";
import { root } from "../tidy/sources.ts";

const folder = temporaryFolder("simulate");
const entry = join(root, "src", "app", "cli", "main.ts");

describe("iai simulate", () => {
  it("lists what there is to simulate, for programs too", () => {
    const { status, stdout } = runIai(["simulate", "--list", "--json"]);
    assert.equal(status, 0);
    const { machine_types: types, fault_kinds: kinds } = JSON.parse(stdout) as {
      machine_types: { name: string; metrics: { metric: string; unit: string }[] }[];
      fault_kinds: { name: string; machine_types: string[] }[];
    };
    assert.deepEqual(
      types.map(({ name }) => name),
      ["pump", "motor", "compressor", "fan", "gearbox", "hydraulic_unit"],
    );
    assert.ok(kinds.length >= 14);
    const text = runIai(["simulate", "--list"]).stdout;
    for (const { name } of [...types, ...kinds]) assert.ok(text.includes(name), name);
  });

  it("plays a scenario faster than real time and writes down what was really wrong", async () => {
    const scenario = join(folder, "scenario.yaml");
    const truth = join(folder, "truth.ndjson");
    writeFileSync(
      scenario,
      `
devices: [{ id: P-1, type: pump }, { id: M-1, type: motor }]
faults:
  - { device: P-1, kind: dry_run, start: 20s, end: 80s }
  - { device: M-1, kind: sensor_loss, metric: speed, start: 30s }
  - { device: M-1, kind: imbalance, start: 1h }
`,
    );
    const [port] = await freePorts(1);
    const words = `simulate --protocol modbus --port ${port} --speed 60 --for 2 --out ${folder}`;
    const files = ["--scenario", scenario, "--truth", truth];
    const { status, stdout, stderr } = runIai([...words.split(" "), ...files]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /240 readings served/);
    const rows = readFileSync(truth, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string | null>);
    assert.deepEqual(
      rows.map(({ device, kind, metric }) => [device, kind, metric]),
      [
        ["P-1", "dry_run", null],
        ["M-1", "sensor_loss", "speed"],
      ],
    );
    const [dry, loss] = rows;
    const ms = (text: string | null | undefined): number => Date.parse(text ?? "");
    assert.equal(ms(dry?.["to"]) - ms(dry?.["from"]), 60_000);
    assert.ok(ms(dry?.["first_trace"]) > ms(dry?.["from"]));
    assert.ok(ms(dry?.["first_trace"]) < ms(dry?.["to"]));
    assert.equal(loss?.["to"], null);
    // The last reading of an accelerated plant is of now, none is of the future.
    assert.ok(ms(dry?.["to"]) <= Date.now());
  });
});

describe("a simulated plant that is stopped", () => {
  it("takes its OPC-UA server down in order and leaves nothing behind", async () => {
    const [port] = await freePorts(1);
    const place = join(folder, "temporary");
    mkdirSync(place);
    const words = `simulate --protocol opcua --devices 1 --rate 10 --port ${port} --truth ${join(folder, "t")}`;
    const machines = spawn(process.execPath, [entry, ...words.split(" ")], {
      env: { ...process.env, TMPDIR: place },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [machines.stdout, machines.stderr])
      stream.on("data", (bytes: Buffer) => {
        said += bytes.toString("utf8");
      });
    await eventually(
      () => / [1-9]\d* accepted/.test(said),
      () => said,
      60_000,
    );
    const gone = once(machines, "exit");
    machines.kill("SIGTERM");
    assert.deepEqual(await gone, [0, null], said);
    assert.match(said, /readings served/);
    assert.deepEqual(readdirSync(place), []);
  });
});

describe("a simulated plant that IAI polls", async () => {
  const [port = 0] = await freePorts(1);
  const maps = join(folder, "maps");
  let machines: ChildProcess;
  let plant: HttpPlant;

  before(async () => {
    const words = `simulate --protocol modbus --devices 3 --rate 4 --port ${port} --out ${maps}`;
    machines = spawn(process.execPath, [entry, ...words.split(" ")], { stdio: "ignore" });
    const sources = join(maps, "sources.yaml");
    await eventually(
      () => {
        try {
          return readFileSync(sources, "utf8").length > 0;
        } catch {
          return false;
        }
      },
      () => sources,
      60_000,
    );
    const yaml = `log: { level: error }\n${readFileSync(sources, "utf8")}`;
    plant = await openHttpPlant("simulate", { yaml });
  });
  after(async () => {
    await plant.stop();
    const gone = once(machines, "exit");
    machines.kill("SIGTERM");
    await gone;
  });

  it("is in the readings of IAI, with values in the units of its metrics", async () => {
    const newest = async (device: string): Promise<Record<string, unknown>> => {
      const path = `/readings?device_id=${device}&order=desc&limit=1`;
      const { status, body } = await plant.get<Page>(path);
      return status === 200 ? (body.items[0] ?? {}) : {};
    };
    for (const [device, metric, low, high] of [
      ["PUMP_01", "temperature", 55, 70],
      ["MOTOR_01", "current", 25, 33],
      ["COMPRESSOR_01", "pressure", 0.75, 0.83],
    ] as const) {
      const value = async (): Promise<unknown> => (await newest(device))[metric];
      await eventually(
        async () => Number(await value()) > low && Number(await value()) < high,
        value,
        60_000,
      );
    }
    // Told in m³/h, kept in the metric's L/min.
    const { metrics } = (await newest("COMPRESSOR_01")) as { metrics: { flow: number } };
    assert.ok(metrics.flow > 4_300 && metrics.flow < 5_100, `${metrics.flow}`);
  });
});
