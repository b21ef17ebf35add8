import type { MetricName } from "./basics.ts";

export interface TwoLanguages {
  readonly zh: string;
  readonly en: string;
}

/** Where a typical limit comes from, and so how far it can be trusted. */
export type LimitBasis =
  /** A standard that `source` names; the class of the machine must be checked. */
  | "standard"
  /** Usual for machines of this kind; the manufacturer's value goes before. */
  | "typical"
  /** Every machine has its own: there is no typical limit, it is read from the nameplate. */
  | "nameplate";

/** One metric that machines of a kind are watched by. */
export interface TemplateMetric {
  readonly unit: string;
  readonly ll: number | null;
  readonly l: number | null;
  readonly h: number | null;
  readonly hh: number | null;
  readonly basis: LimitBasis;
  /** Standard or rule of thumb behind the limits. */
  readonly source: string;
}

/** A kind of machine: what is measured on it and what is usual there. */
export interface DeviceTemplate {
  readonly templateId: string;
  /** `device_type` of a device made from it: knowledge base and rules go by it. */
  readonly deviceType: string;
  readonly title: TwoLanguages;
  readonly metrics: Readonly<Record<MetricName, TemplateMetric>>;
}

interface Limits {
  readonly ll?: number;
  readonly l?: number;
  readonly h?: number;
  readonly hh?: number;
}

const metric = (
  basis: LimitBasis,
  unit: string,
  limits: Limits,
  source: string,
): TemplateMetric => {
  const { ll = null, l = null, h = null, hh = null } = limits;
  return { unit, ll, l, h, hh, basis, source };
};

export const byStandard = (unit: string, limits: Limits, source: string): TemplateMetric =>
  metric("standard", unit, limits, source);
export const usual = (unit: string, limits: Limits, source: string): TemplateMetric =>
  metric("typical", unit, limits, source);
/** Without a limit; `hint` says which number of the nameplate makes one. */
export const fromNameplate = (unit: string, hint: string): TemplateMetric =>
  metric("nameplate", unit, {}, hint);
