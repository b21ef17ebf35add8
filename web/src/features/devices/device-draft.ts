import { isIdentifier } from "../../../../src/model/basics.ts";
import { standardUnitOf } from "../../../../src/model/units.ts";
import type { Device, MetricSpec } from "../../api/types.ts";

/** Fields of a metric as they stand in the form: texts, empty where nothing is set. */
export type SpecDraft = Record<"unit" | "min" | "max" | "ll" | "l" | "h" | "hh", string>;

export interface DeviceDraft {
  readonly device_id: string;
  readonly device_name: string;
  readonly device_type: string;
  readonly factory_id: string;
  readonly line_id: string;
  readonly location: string;
  readonly model: string;
  readonly manufacturer: string;
  readonly install_date: string;
  readonly criticality: "A" | "B" | "C";
  readonly metrics: Readonly<Record<string, SpecDraft>>;
}

export const limitFields = ["min", "ll", "l", "h", "hh", "max"] as const;

export function emptySpec(metric: string): SpecDraft {
  return { unit: standardUnitOf(metric), min: "", max: "", ll: "", l: "", h: "", hh: "" };
}

export function draftOf(device: Device | null): DeviceDraft {
  const metrics: Record<string, SpecDraft> = {};
  for (const name of ["temperature", "vibration", "pressure", "current"])
    metrics[name] = emptySpec(name);
  for (const [name, spec] of Object.entries(device?.metrics ?? {})) metrics[name] = specDraft(spec);
  return {
    device_id: device?.device_id ?? "",
    device_name: device?.device_name ?? "",
    device_type: device?.device_type ?? "",
    factory_id: device?.factory_id ?? "",
    line_id: device?.line_id ?? "",
    location: device?.location ?? "",
    model: device?.model ?? "",
    manufacturer: device?.manufacturer ?? "",
    install_date: device?.install_date ?? "",
    criticality: device?.criticality ?? "B",
    metrics,
  };
}

function specDraft(spec: MetricSpec): SpecDraft {
  const text = (value: number | null): string => (value === null ? "" : String(value));
  return {
    unit: spec.unit,
    min: text(spec.min),
    max: text(spec.max),
    ll: text(spec.ll),
    l: text(spec.l),
    h: text(spec.h),
    hh: text(spec.hh),
  };
}

/** A number from a form field; a comma is not guessed to be a dot. */
export function numberOf(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Names of the fields that cannot be taken, as `field` or `metric.field`. */
export function faultsOf(draft: DeviceDraft): readonly string[] {
  const faults: string[] = [];
  for (const name of ["device_id", "factory_id", "line_id"] as const) {
    if (!isIdentifier(draft[name])) faults.push(name);
  }
  for (const name of ["device_name", "device_type"] as const) {
    if (draft[name].trim() === "") faults.push(name);
  }
  if (draft.install_date !== "" && !/^\d{4}-\d{2}-\d{2}$/.test(draft.install_date))
    faults.push("install_date");
  for (const [metric, spec] of Object.entries(draft.metrics))
    faults.push(...specFaults(metric, spec));
  return faults;
}

function specFaults(metric: string, spec: SpecDraft): string[] {
  const faults: string[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const field of limitFields) {
    const value = numberOf(spec[field]);
    if (value === undefined) faults.push(`${metric}.${field}`);
    else if (value !== null) {
      if (value < last) faults.push(`${metric}.${field}`);
      last = value;
    }
  }
  return faults;
}

type SpecBody = Partial<Record<(typeof limitFields)[number], number | null>> & { unit: string };

/** What the API is asked to store: metrics nobody wrote anything for stay out of it. */
export function bodyOf(draft: DeviceDraft, existing: Device | null) {
  const metrics: Record<string, SpecBody> = {};
  for (const [name, spec] of Object.entries(draft.metrics)) {
    const known = existing?.metrics[name] !== undefined;
    if (!known && limitFields.every((field) => spec[field] === "")) continue;
    const body: SpecBody = { unit: spec.unit };
    for (const field of limitFields) body[field] = numberOf(spec[field]) ?? null;
    metrics[name] = body;
  }
  const { device_id, metrics: _, location, model, manufacturer, install_date, ...rest } = draft;
  const optional = (text: string): string | null => (text.trim() === "" ? null : text.trim());
  return {
    ...rest,
    ...(existing === null ? { device_id } : {}),
    location: optional(location),
    model: optional(model),
    manufacturer: optional(manufacturer),
    install_date: optional(install_date),
    metrics,
  };
}
