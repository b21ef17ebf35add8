import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AedesPeer, openAedesPeer } from "../../../test/fixtures/aedes-peer.ts";
import { eventually } from "../../../test/fixtures/eventually.ts";
import { openModbusPeer } from "../../../test/fixtures/modbus-peer.ts";
import { RecordingSink } from "../../../test/fixtures/recording-sink.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { SourceAdapter } from "../../ports/source-adapter.ts";
import { sourceConfig } from "../config/source-schema.ts";
import { dataDirAt } from "../data-dir.ts";
import { openSource } from "../registry.ts";
import type { WantedSource } from "./source-slot.ts";
import { createSourceSupervisor } from "./source-supervisor.ts";

const deps = { clock: systemClock, log: silentLog, dir: dataDirAt("data") };

function wanted(name: string, options: object, more: Partial<WantedSource> = {}): WantedSource {
  const config = sourceConfig.parse({ ...options, name });
  const open = async (): Promise<SourceAdapter> => (await openSource(config, deps)).adapter;
  const { kind } = config;
  return { name, kind, origin: "stored", enabled: true, revision: "1", open, ...more };
}

const broker = (peer: AedesPeer) => ({
  kind: "mqtt",
  url: `mqtt://127.0.0.1:${peer.port}`,
  version: "3.1.1",
});
const map = { metrics: { temperature: { function: 3, address: 100, type: "float32" } } };

function supervise() {
  const sink = new RecordingSink();
  const supervisor = createSourceSupervisor({ ...deps, sink, random: () => 0 });
  const stateOf = (name: string) => supervisor.find(name)?.state?.state;
  return { sink, supervisor, stateOf, seen: () => supervisor.list() };
}

describe("sources that are changed while they run", () => {
  it("lose no message and take none twice, however often one is closed and opened anew", async () => {
    const peer = await openAedesPeer();
    const { sink, supervisor, stateOf, seen } = supervise();
    const plant = wanted("plant", broker(peer));
    supervisor.apply([plant]);
    await eventually(() => stateOf("plant") === "running", seen);
    for (let round = 0; round < 6; round += 1) {
      const numbers = Array.from({ length: 50 }, (_, n) => round * 50 + n);
      const sending = peer.measure(numbers);
      // Edited, then stopped and started, always in the middle of it.
      if (round % 2 === 0) supervisor.apply([{ ...plant, revision: `edit ${round}` }]);
      else supervisor.apply([{ ...plant, enabled: false, revision: `stop ${round}` }]);
      await sending;
      await supervisor.settled();
      if (round % 2 === 1) supervisor.apply([{ ...plant, revision: `start ${round}` }]);
    }
    await eventually(() => sink.items.length >= 300, seen, 30_000);
    await eventually(
      () => peer.acknowledged() === 300,
      () => peer.acknowledged(),
    );
    await supervisor.stop();
    const values = sink.valuesOf("temperature").map(Number);
    assert.deepEqual(
      values.toSorted((a, b) => a - b),
      Array.from({ length: 300 }, (_, n) => n),
    );
    await peer.close();
  });

  it("go on undisturbed beside one that does not open, and it opens when it can", async () => {
    const peer = await openModbusPeer();
    const { sink, supervisor, stateOf, seen } = supervise();
    const devices = [{ deviceId: "P1", map, everyMs: 50 }];
    const good = wanted("good", { kind: "modbus", port: peer.port, devices });
    const late = wanted("late", { kind: "modbus", port: peer.port, devices });
    let isThere = false;
    const open = async (): Promise<SourceAdapter> => {
      if (!isThere) throw new Error("its file is not there");
      return await late.open();
    };
    supervisor.apply([good, { ...late, open }]);
    await eventually(() => stateOf("late") === "failed" && sink.items.length > 3, seen);
    assert.match(supervisor.find("late")?.state?.lastError ?? "", /its file is not there/);
    isThere = true;
    await eventually(() => stateOf("late") === "running", seen, 30_000);
    const before = supervisor.find("good")?.counters.accepted ?? 0;
    await eventually(() => (supervisor.find("good")?.counters.accepted ?? 0) > before + 3, seen);
    assert.equal(supervisor.find("good")?.state?.recoveries, 0);
    await supervisor.stop();
    await peer.die();
  });

  it("wait for nobody: one that ends slowly holds up only its own successor", async () => {
    const peer = await openModbusPeer();
    const { supervisor, stateOf, seen } = supervise();
    const release = Promise.withResolvers<void>();
    const runs: string[] = [];
    const slow = (revision: string): WantedSource => {
      const { state } = createIdle();
      const run = async (_: unknown, signal: AbortSignal): Promise<void> => {
        runs.push(revision);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await release.promise;
      };
      const open = async (): Promise<SourceAdapter> => ({ name: "slow", run, state });
      return { name: "slow", kind: "modbus", origin: "stored", enabled: true, revision, open };
    };
    supervisor.apply([slow("1")]);
    await eventually(() => runs.length === 1);
    const devices = [{ deviceId: "P1", map, everyMs: 50 }];
    supervisor.apply([slow("2"), wanted("good", { kind: "modbus", port: peer.port, devices })]);
    await eventually(() => stateOf("good") === "running", seen);
    assert.deepEqual(runs, ["1"]);
    release.resolve();
    await eventually(() => runs.length === 2);
    await supervisor.stop();
    await peer.die();
  });

  it("are gone when they are removed, and their name is free", async () => {
    const peer = await openModbusPeer();
    const { sink, supervisor, seen } = supervise();
    const one = wanted("one", {
      kind: "modbus",
      port: peer.port,
      devices: [{ deviceId: "P1", map, everyMs: 50 }],
    });
    supervisor.apply([one]);
    await eventually(() => sink.items.length > 0, seen);
    supervisor.apply([]);
    assert.deepEqual(supervisor.list(), []);
    await supervisor.settled();
    const count = sink.items.length;
    supervisor.apply([{ ...one, revision: "2" }]);
    await eventually(() => sink.items.length > count, seen);
    assert.equal(supervisor.list().length, 1);
    await supervisor.stop();
    await peer.die();
  });
});

function createIdle(): Pick<SourceAdapter, "state"> {
  const since = Date.now();
  const nothing = { lastError: null, lastValueAt: null, recoveries: 0, parts: [] };
  return { state: () => ({ state: "running", since, ...nothing }) };
}
