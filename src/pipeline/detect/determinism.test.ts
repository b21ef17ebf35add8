import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  aMetric,
  aProfile,
  aReading,
  aRule,
  healthyPump,
  startAt,
} from "../../../test/fixtures/watched-device.ts";
import { type ControlEvent, defaultStepSettings, type StreamEvent } from "../../model/control.ts";
import type { DetectorSignal } from "../../model/detection.ts";
import type { Quality } from "../../model/reading.ts";
import { createDetectStep, type DetectState } from "./detect-step.ts";
import { CELL, columnOf } from "./metric-cells.ts";

const profile = aProfile({
  vibration: aMetric({ hh: 0.5, unit: "g" }),
  flow: aMetric({ min: -1e6, max: 1e6, ll: 1, l: 2 }),
  temperature: aMetric({ hh: 95, h: 90, deadband: 2, unit: "°C" }),
});
const rules = [
  aRule("temperature > 80 for 5s and vibration > 1.5 * baseline(vibration)"),
  aRule("2 of 4 (rate(temperature, 10s) > 2) or age(flow) > 20s", {
    ruleId: "rule-2",
    condition: "trend",
  }),
];
const control = (event: object): StreamEvent => ({
  kind: "control",
  control: { version: 0, at: startAt, ...event } as ControlEvent,
});
const beginning: readonly StreamEvent[] = [
  control({
    type: "settings",
    settings: { ...defaultStepSettings, learnRows: 40, acceptAfterMs: 10_000 },
  }),
  control({ type: "device", profile }),
  control({ type: "rules", rules }),
];

/** Plant noise most of the time, and everything that a broken gateway can send. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0.2, max: 0.4, noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      -0,
      1e12,
      -1e12,
      5e-324,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      0.3,
    ),
  },
  { weight: 1, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
);
const quality = fc.constantFrom<Quality | null>(null, null, null, "uncertain", "bad");
const readingPart = fc.record({
  step: fc.constantFrom(0, 1_000, 1_000, 1_000, 1_000, 1_000, -5_000, 60_000),
  values: fc.dictionary(
    fc.constantFrom("vibration", "flow", "temperature", "current", "x"),
    value,
    { minKeys: 1, maxKeys: 5 },
  ),
  quality,
  status: fc.constantFrom(null, null, null, "ANOMALY", "NORMAL"),
});
const other = fc.constantFrom<
  "tick" | "stop" | "start" | "run" | "rebaseline" | "accept" | "rules" | "device"
>("tick", "stop", "start", "run", "rebaseline", "accept", "rules", "device");
const parts = fc.array(
  fc.oneof({ weight: 15, arbitrary: readingPart }, { weight: 1, arbitrary: other }),
  { minLength: 1, maxLength: 250 },
);

function eventsOf(
  script: typeof parts extends fc.Arbitrary<infer T> ? T : never,
): readonly StreamEvent[] {
  let now = startAt;
  const events: StreamEvent[] = [...beginning];
  for (const part of script) {
    if (typeof part === "object") {
      now += part.step;
      const qualities = part.quality === null ? null : new Map([["vibration", part.quality]]);
      events.push({
        kind: "reading",
        reading: aReading(part.values, {
          measuredAt: now,
          receivedAt: Math.max(now, startAt),
          qualities,
          status: part.status,
        }),
      });
      continue;
    }
    events.push(otherEvent(part, now));
  }
  return events;
}

function otherEvent(part: string, now: number): StreamEvent {
  const deviceId = "PUMP_01";
  switch (part) {
    case "tick":
      return { kind: "tick", at: now + 40_000 };
    case "stop":
      return control({ type: "mode", deviceId, mode: "STOPPED", source: "plc", at: now });
    case "start":
      return control({ type: "mode", deviceId, mode: "STARTING", source: "plc", at: now });
    case "run":
      return control({ type: "mode", deviceId, mode: "RUNNING", source: "plc", at: now });
    case "rebaseline":
      return control({ type: "rebaseline", deviceId, actor: "li" });
    case "accept":
      return control({ type: "accept_baseline", deviceId, actor: "li" });
    case "rules":
      return control({ type: "rules", rules: rules.slice(1) });
    default:
      return control({ type: "device", profile });
  }
}

function run(
  events: readonly StreamEvent[],
  cuts: ReadonlySet<number>,
): { outputs: unknown[]; state: DetectState } {
  let step = createDetectStep();
  let state = step.initial("PUMP_01");
  const outputs: unknown[] = [];
  events.forEach((event, index) => {
    if (cuts.has(index)) {
      // A restart: another process, the state from its checkpoint.
      step = createDetectStep();
      state = structuredClone(state);
    }
    const out = step.step(state, event);
    state = out.state;
    outputs.push([out.signals, out.episodes, out.sample, step.dueAt(state), step.view(state)]);
  });
  return { outputs, state };
}

/** A machine that is learned, disturbed, faulty, repaired, warm, and disturbed again. */
function aLife(): readonly StreamEvent[] {
  const healthy = healthyPump(5);
  const events: StreamEvent[] = [
    control({ type: "settings", settings: { ...defaultStepSettings, learnRows: 120 } }),
    control({ type: "device", profile: aProfile({ flow: aMetric({ unit: "L/min" }) }) }),
  ];
  let warmer = 0;
  const reads = (rows: number, { flow = 1, warms = 0 }): void => {
    for (let row = 0; row < rows; row += 1) {
      warmer += warms;
      const values = healthy();
      const changed = { flow: (values["flow"] ?? 0) * flow };
      const temperature = (values["temperature"] ?? 0) + warmer;
      const measuredAt = startAt + events.length * 1_000;
      const reading = aReading({ ...values, ...changed, temperature }, { measuredAt });
      events.push({ kind: "reading", reading });
    }
  };
  reads(80, {});
  reads(10, { flow: 0.8 });
  reads(150, {});
  reads(40, { flow: 0.97 });
  reads(350, {});
  reads(100, { flow: 0.9 });
  reads(150, { flow: 0.995 });
  reads(100, { warms: 0.08 });
  reads(200, { flow: 0.97 });
  return events;
}

function kindOf({ condition, shadow }: DetectorSignal): string {
  return shadow ? `${condition} in shadow` : condition;
}

/** JSON turns NaN into null and hides it; this finds it. */
function refuseNaN(value: unknown, path: string): void {
  if (typeof value === "number") assert.ok(!Number.isNaN(value), `NaN at ${path}`);
  else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      // The reading itself is repeated as it came.
      if (key !== "reading") refuseNaN(part, `${path}.${key}`);
    }
  }
}

describe("the detect step", () => {
  it("says the same to the bit when it is run again, or restarted between any two events", () => {
    fc.assert(
      fc.property(parts, fc.uniqueArray(fc.nat(250), { maxLength: 5 }), (script, cuts) => {
        const events = eventsOf(script);
        const whole = run(events, new Set());
        const split = run(events, new Set(cuts));
        assert.deepStrictEqual(split.outputs, whole.outputs);
      }),
      { numRuns: 60 },
    );
  });

  it("says the same to the bit through learning, deviations, habits and rising temperatures", () => {
    const life = aLife();
    const whole = run(life, new Set());
    const told = new Set(
      whole.outputs.flatMap((out) => (out as [readonly DetectorSignal[]])[0]).map(kindOf),
    );
    for (const kind of ["deviation", "deviation in shadow", "temperature_rising"]) {
      assert.ok(told.has(kind), `the life has no ${kind}`);
    }
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(life.length - 1), { minLength: 1, maxLength: 8 }),
        (cuts) => {
          assert.deepStrictEqual(run(life, new Set(cuts)).outputs, whole.outputs);
        },
      ),
      { numRuns: 8 },
    );
  });

  it("never says NaN, whatever comes, and its averages stay finite", () => {
    fc.assert(
      fc.property(parts, (script) => {
        const { outputs, state } = run(eventsOf(script), new Set());
        refuseNaN(outputs, "output");
        for (const cell of [CELL.value, CELL.fast, CELL.middle, CELL.slow]) {
          assert.ok(columnOf(state.table, cell).every(Number.isFinite));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is not moved by readings that come too late", () => {
    fc.assert(
      fc.property(parts, (script) => {
        const events = eventsOf(script).filter((event) => event.kind !== "tick");
        const inOrder: StreamEvent[] = [];
        let newest = 0;
        for (const event of events) {
          const late = event.kind === "reading" && event.reading.measuredAt < newest;
          if (event.kind === "reading") newest = Math.max(newest, event.reading.measuredAt);
          if (!late) inOrder.push(event);
        }
        const samples = (all: readonly StreamEvent[]): unknown[] =>
          run(all, new Set())
            .outputs.map((out) => (out as unknown[])[2])
            .filter((sample) => sample !== null);
        assert.deepStrictEqual(samples(events), samples(inOrder));
      }),
      { numRuns: 40 },
    );
  });

  it("keeps a state whose size does not grow with the readings", () => {
    const step = createDetectStep();
    let state = step.initial("PUMP_01");
    for (const event of beginning) state = step.step(state, event).state;
    const size = (): number =>
      JSON.stringify(state, (_, part) => (ArrayBuffer.isView(part) ? part.byteLength : part))
        .length;
    const feed = (from: number, to: number): void => {
      for (let row = from; row < to; row += 1) {
        const values = {
          vibration: 0.3 + (row % 7) / 100,
          flow: 5 + (row % 5),
          temperature: 40 + (row % 3),
        };
        state = step.step(state, {
          kind: "reading",
          reading: aReading(values, { measuredAt: startAt + row * 1_000 }),
        }).state;
      }
    };
    feed(0, 500);
    const early = size();
    feed(500, 5_000);
    assert.ok(size() < early * 1.1);
  });
});
