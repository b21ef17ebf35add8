import { isMetricName, type MetricName } from "../../model/basics.ts";
import type { Quality, SourceQuantity, ValueFault } from "../../model/reading.ts";
import { canonicalUnit, convert } from "../../model/units.ts";
import { type DevicePlan, firstPlan, type MetricPlan } from "./metric-plan.ts";
import { type Fields, own, type Refusal, refuse } from "./refusal.ts";

/** Metrics of one reading, and of one device, at most. */
export const METRICS_MAX = 1_000;
/** Characters of a bad value's text that are kept. */
const RAW_MAX = 200;

const shorthands = ["temperature", "vibration", "pressure", "current"] as const;

/** Takes the values of one reading. */
export class ValueIntake {
  readonly values = new Map<MetricName, number>();
  qualities: Map<MetricName, Quality> | null = null;
  faults: Map<MetricName, ValueFault> | null = null;
  sources: Map<MetricName, SourceQuantity> | null = null;
  learned: Map<MetricName, string> | null = null;
  readonly #fields: Fields;
  readonly #bytes: Uint8Array;
  readonly #plan: DevicePlan;
  readonly #sourceTexts: (json: string) => unknown;
  readonly #units: Fields | undefined;
  #raw: unknown;

  constructor(
    fields: Fields,
    bytes: Uint8Array,
    options: { readonly plan: DevicePlan; readonly sourceTexts: (json: string) => unknown },
  ) {
    this.#fields = fields;
    this.#bytes = bytes;
    this.#plan = options.plan;
    this.#sourceTexts = options.sourceTexts;
    this.#units = own(fields, "units") as Fields | undefined;
  }

  takeAll(): Refusal | null {
    const fields = this.#fields;
    for (const name of shorthands) {
      const value = own(fields, name);
      if (value !== undefined) this.#take(name, value, false);
    }
    const metrics = own(fields, "metrics") as Fields | undefined;
    if (metrics !== undefined) {
      const refusal = this.#takeMetrics(metrics);
      if (refusal !== null) return refusal;
    }
    const quality = own(fields, "quality") as Fields | undefined;
    const refusal = quality === undefined ? null : this.#takeQualities(quality);
    if (refusal !== null) return refusal;
    if (this.values.size > 0) return null;
    return refuse("NO_VALUES", null, "it has not one good value");
  }

  #takeMetrics(metrics: Fields): Refusal | null {
    let count = 0;
    for (const name in metrics) {
      count += 1;
      if (!isMetricName(name)) {
        return refuse(
          "FIELD_UNKNOWN",
          `metrics.${name.slice(0, 100)}`,
          "No metric can have this name",
        );
      }
      if (count > METRICS_MAX) {
        return refuse("TOO_LARGE", "metrics", `it has more than ${METRICS_MAX} metrics`);
      }
      if (this.values.has(name) || this.faults?.has(name) === true) {
        return refuse("KEY_DUPLICATE", `metrics.${name}`, "it stands beside `metrics` as well");
      }
      this.#take(name, metrics[name], true);
    }
    if (this.#plan.size + (this.learned?.size ?? 0) > METRICS_MAX && this.learned !== null) {
      return refuse(
        "TOO_LARGE",
        "metrics",
        `its device would have more than ${METRICS_MAX} metrics`,
      );
    }
    return null;
  }

  #takeQualities(quality: Fields): Refusal | null {
    for (const name in quality) {
      const word = quality[name];
      if (word !== "good" && word !== "uncertain" && word !== "bad") {
        const field = `quality.${name.slice(0, 100)}`;
        return refuse("FIELD_TYPE", field, "A quality is good, uncertain or bad");
      }
      // What we found to be bad ourselves stays bad, whatever the sender says.
      if (word === "good" || !this.values.has(name)) continue;
      if (this.qualities?.get(name) !== "bad") this.#mark(name, word);
    }
    return null;
  }

  #take(name: MetricName, sent: unknown, nested: boolean): void {
    const declared = this.#units === undefined ? undefined : own(this.#units, name);
    const unit = typeof declared === "string" ? canonicalUnit(declared) : null;
    const plan = this.#plan.get(name) ?? this.#learn(name, unit);
    const value = this.#valueOf(name, sent, { plan, declared: declared !== undefined, unit });
    if (typeof value === "string") this.#fault(name, value, nested);
    else {
      this.values.set(name, value);
      if (value < plan.min || value > plan.max) this.#mark(name, "bad");
    }
  }

  /** The value in the metric's own unit, or the code that says why there is none. */
  #valueOf(
    name: MetricName,
    sent: unknown,
    as: { readonly plan: MetricPlan; readonly declared: boolean; readonly unit: string | null },
  ): number | string {
    if (typeof sent !== "number") return "VALUE_TYPE";
    if (!Number.isFinite(sent)) return "VALUE_NOT_FINITE";
    const { plan, unit } = as;
    let value = sent;
    if (as.declared && unit === null) return "UNIT_UNKNOWN";
    if (unit !== null && unit !== plan.unit) {
      const converted = convert(sent, unit, plan.unit);
      if (!converted.ok) return converted.code;
      value = converted.value;
    }
    if (!(value >= plan.absurdBelow && value <= plan.absurdAbove)) return "VALUE_OUT_OF_RANGE";
    if (unit !== null && unit !== plan.unit) {
      this.sources ??= new Map();
      this.sources.set(name, { value: sent, unit });
    }
    return value;
  }

  #learn(name: MetricName, unit: string | null): MetricPlan {
    const plan = firstPlan(name, unit);
    this.learned ??= new Map();
    this.learned.set(name, plan.unit);
    return plan;
  }

  #mark(name: MetricName, quality: Quality): void {
    this.qualities ??= new Map();
    this.qualities.set(name, quality);
  }

  #fault(name: MetricName, code: string, nested: boolean): void {
    this.faults ??= new Map();
    this.faults.set(name, { code, raw: this.#rawText(name, nested) });
    this.#mark(name, "bad");
  }

  /** The text that a value was written as: what arrives as Infinity may have been 1e400. */
  #rawText(name: MetricName, nested: boolean): string {
    this.#raw ??= this.#sourceTexts(Buffer.from(this.#bytes).toString("utf8"));
    const fields = this.#raw as Record<string, unknown>;
    const raw = nested ? (fields["metrics"] as Record<string, unknown>)[name] : fields[name];
    return (typeof raw === "string" ? raw : JSON.stringify(raw)).slice(0, RAW_MAX);
  }
}
