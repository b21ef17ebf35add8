import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AlertDevice } from "../../../../test/fixtures/alert-device.ts";
import {
  type AlarmEvent,
  type AlarmState,
  type AlarmTransition,
  type AlarmTransitionKind,
  alarmTransitions,
  compareSeverity,
} from "../../../model/alarm.ts";
import { MINUTE } from "../../../model/basics.ts";
import { defaultStepSettings } from "../../../model/control.ts";

type Sent = Parameters<AlertDevice["reads"]>[0][number];

interface Move {
  readonly kind: "reading" | "acknowledge" | "maintenance" | "running" | "tick";
  readonly afterMs: number;
  readonly lateMs: number;
  /** One entry per condition: its margin, or what else it says. */
  readonly told: readonly (number | "off" | "bad")[];
}

const conditions = [
  { condition: "over_temp", metrics: ["temperature"] },
  { condition: "high_vibration", metrics: ["vibration"] },
  { condition: "composite", detector: "rule", metrics: ["temperature", "pressure"] },
] as const;

const margin = fc.constantFrom(0.3, 0.7, 0.79, 0.85, 0.96, 1.2);
const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom(
    "reading",
    "reading",
    "reading",
    "reading",
    "acknowledge",
    "maintenance",
    "running",
    "tick",
  ),
  afterMs: fc.constantFrom(1_000, 1_000, 30_000, 2 * MINUTE, 5 * MINUTE, 6 * MINUTE),
  lateMs: fc.constantFrom(0, 0, 0, 3 * MINUTE),
  told: fc.array(fc.oneof(margin, fc.constantFrom("off", "off", "bad")), {
    minLength: 3,
    maxLength: 3,
  }),
});
const day = fc.array(move, { maxLength: 60 });

/** Plays moves the way detectors speak: an active condition is repeated until its one `active: false`. */
class Plant {
  readonly device = new AlertDevice();
  readonly #active = new Set<string>();

  play(one: Move): void {
    const { device } = this;
    if (one.kind === "reading") device.reads(this.#signals(one), one);
    if (one.kind === "tick") device.ticks([], device.at + one.lateMs);
    if (one.kind === "maintenance" || one.kind === "running") {
      const mode = one.kind === "running" ? "RUNNING" : "MAINTENANCE";
      device.control({ type: "mode", deviceId: "PUMP_01", mode, source: "person" });
    }
    const alarm = device.state.alarms.at(-1);
    if (one.kind === "acknowledge" && alarm !== undefined) device.acknowledges(alarm.traceId);
  }

  #signals({ told }: Move): Sent[] {
    return conditions.flatMap((part, index): Sent[] => {
      const says = told[index] ?? "off";
      const wasActive = this.#active.has(part.condition);
      if (says === "bad") return wasActive ? [{ ...part, unconfirmed: true }] : [];
      if (says === "off") {
        this.#active.delete(part.condition);
        return wasActive ? [{ ...part, active: false, margin: 0 }] : [];
      }
      this.#active.add(part.condition);
      return [{ ...part, margin: says }];
    });
  }
}

const played = (moves: readonly Move[], restartAt = -1): AlertDevice => {
  const plant = new Plant();
  moves.forEach((one, index) => {
    if (index === restartAt) plant.device.restarts();
    plant.play(one);
  });
  return plant.device;
};

const eventOf: Partial<Record<AlarmTransitionKind, AlarmEvent>> = {
  escalated: "escalate",
  cleared: "clear",
  reopened: "reopen",
  acknowledged: "acknowledge",
};

const byAlarm = (said: readonly AlarmTransition[]): AlarmTransition[][] => [
  ...Map.groupBy(said, ({ alarm }) => alarm.traceId).values(),
];

describe("alert builder: whatever the detectors say", () => {
  it("numbers transitions densely from 1", () => {
    fc.assert(
      fc.property(day, (moves) => {
        const { said } = played(moves);
        assert.deepEqual(
          said.map(({ number }) => number),
          said.map((_, index) => index + 1),
        );
      }),
    );
  });

  it("says the same when it resumes from a checkpoint anywhere", () => {
    fc.assert(
      fc.property(day, fc.nat(60), (moves, restartAt) => {
        assert.deepEqual(played(moves, restartAt).said, played(moves).said);
      }),
    );
  });

  it("moves every alarm by the table only", () => {
    fc.assert(
      fc.property(day, (moves) => {
        for (const story of byAlarm(played(moves).said)) {
          let state: AlarmState | null = null;
          for (const { kind, alarm } of story) {
            const event = eventOf[kind];
            if (state === null) state = kind === "raised" ? "UNACK_ACTIVE" : null;
            else if (event !== undefined) state = alarmTransitions[state][event];
            assert.equal(alarm.state, state);
          }
        }
      }),
    );
  });

  it("I12: within the cool-down never opens a second alarm of one condition", () => {
    fc.assert(
      fc.property(day, (moves) => {
        const clearedAt = new Map<string, number>();
        const open = new Set<string>();
        for (const { kind, at, alarm } of played(moves).said) {
          if (kind === "raised") {
            assert.ok(!open.has(alarm.condition));
            const before = clearedAt.get(alarm.condition);
            if (before !== undefined) assert.ok(at - before > defaultStepSettings.cooldownMs);
          }
          if (kind === "raised" || kind === "reopened") open.add(alarm.condition);
          if (kind === "cleared") {
            open.delete(alarm.condition);
            clearedAt.set(alarm.condition, at);
          }
        }
      }),
    );
  });

  it("I13: after the cool-down the next condition is an active alarm again, and escalation always notifies", () => {
    fc.assert(
      fc.property(day, (moves) => {
        const plant = new Plant();
        for (const one of moves) plant.play(one);
        const { device } = plant;
        device.control({ type: "mode", deviceId: "PUMP_01", mode: "RUNNING", source: "person" });
        plant.play({ kind: "reading", afterMs: 1_000, lateMs: 0, told: ["off", "off", "off"] });
        plant.play({ kind: "reading", afterMs: 6 * MINUTE, lateMs: 0, told: [0.85, "off", "off"] });
        assert.deepEqual([device.last().kind, device.last().notify], ["raised", true]);
        plant.play({ kind: "reading", afterMs: 1_000, lateMs: 0, told: [1.2, "off", "off"] });
        assert.deepEqual([device.last().kind, device.last().notify], ["escalated", true]);
      }),
    );
  });

  it("tells of every severity that is news, unless a backlog or a maintenance holds it back", () => {
    fc.assert(
      fc.property(day, (moves) => {
        for (const story of byAlarm(played(moves).said)) {
          for (const { kind, notify, historical, alarm } of story) {
            const isNews = kind === "raised" || kind === "escalated";
            if (isNews) assert.equal(notify, !historical && !alarm.suppressed);
            assert.ok(compareSeverity(alarm.peakSeverity, alarm.severity) <= 0);
          }
        }
      }),
    );
  });

  it("keeps no more alarms than conditions that are active or cooling down", () => {
    fc.assert(
      fc.property(day, (moves) => {
        assert.ok(played(moves).state.alarms.length <= 2 * conditions.length);
      }),
    );
  });
});
