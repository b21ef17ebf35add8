import type { MetricName, Ms } from "../../../../model/basics.ts";
import type { Condition } from "./condition.ts";

/** What acts on a machine during one step. */
export interface Moment {
  /** Share of the rated duty that the process asks for, about 0.7–1.05. */
  readonly load: number;
  readonly ambientC: number;
  readonly elapsedMs: Ms;
  readonly condition: Readonly<Condition>;
}

/** True values of a machine at one instant, before any sensor saw them. */
export interface Truth {
  /** In each metric's unit. */
  readonly values: Readonly<Record<MetricName, number>>;
  /** By how much a metric fluctuates more than on a sound machine: its noise is × (1 + restless). */
  readonly restless: Readonly<Record<MetricName, number>>;
}

/** A machine with its memory of heat and pressure: one call a step, in the order of time. */
export type Body = (moment: Moment) => Truth;
