import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SimulatedClock } from "../../src/kernel/clock.ts";
import { IaiError } from "../../src/kernel/errors.ts";
import type { Severity } from "../../src/model/alarm.ts";
import type { LanguageModel, LanguageModelAnswer } from "../../src/ports/language-model.ts";
import { FAULT_AT } from "../fixtures/diagnosis.ts";
import { agentPlant } from "./agent-plant.ts";
import {
  anIntent,
  call,
  goodFindings,
  isDecision,
  type Script,
  scriptedModel,
} from "./scripted-model.ts";

const HARD_STOP_MS = 28_000;
const ALERTS = 20;

const never = (): Promise<never> => new Promise(() => undefined);

/** What a model may do to those who depend on it. */
const misbehaviours: Readonly<Record<string, (clock: SimulatedClock) => Script>> = {
  "answers well, in three seconds": (clock) => async (request) => {
    await clock.sleep(3_000);
    return { json: isDecision(request) ? anIntent() : goodFindings(request) };
  },
  "never answers and does not listen": () => never,
  "answers nothing until it is told to stop": () => (_, __, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    }),
  "answers in seventeen seconds, too late": (clock) => async (request) => {
    await clock.sleep(17_000);
    return { json: goodFindings(request) };
  },
  "diagnoses well and never proposes": (clock) => async (request) => {
    if (isDecision(request)) return never();
    await clock.sleep(2_000);
    return { json: goodFindings(request) };
  },
  "asks for tools for ever": (clock) => async () => {
    await clock.sleep(1_000);
    return { toolCalls: [call("get_work_orders", {})] };
  },
  "asks for ten thousand tools at once": () => () => ({
    toolCalls: Array.from({ length: 10_000 }, (_, n) => call("get_work_orders", {}, `c${n}`)),
  }),
  "speaks garbage": () => () => ({ text: "{]", json: undefined }),
  "speaks ten megabytes": () => (request) => ({
    json: goodFindings(request, { diagnosis: { zh: "热", en: "x".repeat(1e7) } }),
  }),
  "answers with another form": () => () => ({ json: [[[[{ a: 1 }]]]] }),
  "fails at once": () => () => {
    throw new IaiError("LLM_UNREACHABLE", "Cannot ask: the test said so");
  },
  "fails after ten seconds": (clock) => async () => {
    await clock.sleep(10_000);
    throw new Error("connection reset");
  },
};

/** Lets two through at a time, the most urgent first, as an account with two places does. */
function twoPlaces(model: LanguageModel): LanguageModel {
  let free = 2;
  const waiting: { readonly priority: Severity; readonly go: () => void }[] = [];
  const release = (): void => {
    waiting.sort((a, b) => (a.priority < b.priority ? -1 : 1));
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next.go();
  };
  return {
    ...model,
    complete: async (request, signal): Promise<LanguageModelAnswer> => {
      if (free > 0) free -= 1;
      else {
        await new Promise<void>((resolve) => {
          const place = { priority: request.priority, go: resolve };
          waiting.push(place);
          signal.addEventListener("abort", () => {
            if (waiting.includes(place)) waiting.splice(waiting.indexOf(place), 1);
          });
        });
      }
      signal.addEventListener("abort", release, { once: true });
      try {
        return await model.complete(request, signal);
      } finally {
        if (!signal.aborted) release();
        signal.removeEventListener("abort", release);
      }
    },
  };
}

async function storm(misbehaviour: (clock: SimulatedClock) => Script) {
  const clock = new SimulatedClock(FAULT_AT + 100_000);
  const model = scriptedModel(misbehaviour(clock));
  const plant = await agentPlant(twoPlaces(model), { clock, config: { concurrency: 2 } });
  for (let number = 0; number < ALERTS; number += 1) {
    const alertLevel = number % 5 === 4 ? "P0" : "P1";
    await plant.raise({ traceId: `t${number}`, alertLevel });
  }
  const running = plant.start();
  for (let passed = 0; passed < 60_000; passed += 500) {
    await plant.settled();
    await clock.advance(500);
    if ((await plant.agent.pending()) === 0 && passed > 30_000) break;
  }
  plant.stop();
  await plant.settled();
  await clock.advance(HARD_STOP_MS);
  await running;
  return { plant, model };
}

describe("whatever a language model does to twenty alerts at once", () => {
  for (const [name, misbehaviour] of Object.entries(misbehaviours)) {
    it(`each has exactly one report before the hard stop: a model that ${name}`, async () => {
      const { plant } = await storm(misbehaviour);
      const reports = await plant.reports();
      assert.equal(reports.length, ALERTS);
      assert.equal(plant.done.length, ALERTS);
      const alerts = new Map((await plant.alerts()).map((row) => [row.traceId, row]));
      for (const report of reports) {
        const tookMs = report.createdAt - (alerts.get(report.traceId)?.createdAt ?? 0);
        assert.ok(tookMs <= HARD_STOP_MS, `${report.traceId} took ${tookMs} ms`);
        assert.equal(report.revision, 1);
        assert.equal(report.faultCategory, "imbalance");
        if (report.source === "rules") assert.notEqual(report.degradedReason, null);
      }
      // One device, one fault: one order, and the other alarms link to it.
      assert.equal((await plant.orders()).length, 1);
    });
  }

  it("the urgent ones are asked about first", async () => {
    const { model } = await storm(misbehaviours["answers well, in three seconds"] ?? (() => never));
    const diagnosing = model.requests.filter((request) => !isDecision(request));
    const first = diagnosing.slice(0, 4).map(({ priority }) => priority);
    assert.deepEqual(first, ["P0", "P0", "P0", "P0"]);
  });

  it("what comes late stands beside the report and changes nothing of it", async () => {
    const { plant } = await storm(
      misbehaviours["answers in seventeen seconds, too late"] ?? (() => never),
    );
    const withAddendum = (await plant.reports()).filter(({ agent }) => agent?.addenda.length === 1);
    assert.ok(withAddendum.length >= 1);
    for (const { source, degradedReason, agent } of withAddendum) {
      assert.equal(source, "rules");
      assert.equal(degradedReason, "AGENT_TIME_UP");
      assert.equal(agent?.addenda[0]?.faultCategory, "imbalance");
      assert.equal(agent?.addenda[0]?.agrees, true);
    }
    assert.equal(plant.agent.counters().addenda, withAddendum.length);
  });

  it("memory stays flat", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = async (): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      return process.memoryUsage().heapUsed;
    };
    const hostile = misbehaviours["never answers and does not listen"] ?? (() => never);
    await storm(hostile);
    const before = await used();
    for (let round = 0; round < 3; round += 1) await storm(hostile);
    const grownMb = ((await used()) - before) / 1e6;
    assert.ok(grownMb < 8, `grew by ${grownMb.toFixed(1)} MB`);
  });
});
