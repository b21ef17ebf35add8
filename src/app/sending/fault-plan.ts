import { type FaultKind, faultKinds } from "../../backends/source-adapter/simulator/fault-kinds.ts";
import type {
  PlannedFault,
  SimulatedMachine,
} from "../../backends/source-adapter/simulator/plant-model.ts";
import { DAY, type EpochMs, HOUR, MINUTE, type Ms, SECOND } from "../../model/basics.ts";

/** A fault as a person writes it; times count from the start of the plant. */
export interface FaultWish {
  readonly kind: string;
  /** null: a machine that can have it. */
  readonly device: string | null;
  readonly metric: string | null;
  readonly startMs: Ms;
  readonly endMs: Ms | null;
  readonly rampMs: Ms | null;
  readonly extent: number;
}

export interface FaultPlanOptions {
  readonly machines: readonly SimulatedMachine[];
  readonly startsAt: EpochMs;
  readonly seed: number;
}

export type Planned =
  | { readonly ok: true; readonly fault: PlannedFault }
  | { readonly ok: false; readonly reason: string };

/** What becomes of the n-th wish in this plant; a reason in words where it cannot be. */
export function planFault(wish: FaultWish, n: number, options: FaultPlanOptions): Planned {
  const kind = Object.hasOwn(faultKinds, wish.kind) ? faultKinds[wish.kind] : undefined;
  if (kind === undefined)
    return no(`there is no fault "${wish.kind}"; known: ${Object.keys(faultKinds).join(", ")}`);
  const able = options.machines.filter(({ type }) => kind.machines.includes(type.name));
  const machine =
    wish.device === null
      ? able[(options.seed + n) % Math.max(1, able.length)]
      : options.machines.find(({ deviceId }) => deviceId === wish.device);
  if (machine === undefined)
    return no(
      wish.device === null
        ? `no machine of this plant can have "${kind.name}"`
        : `there is no machine "${wish.device}" in this plant`,
    );
  if (!able.includes(machine))
    return no(`a ${machine.type.name} cannot have "${kind.name}"; ${kind.machines.join(", ")} can`);
  const metric = metricOf(wish, kind, machine);
  if (metric === undefined)
    return no(
      kind.sensor === null
        ? `"${kind.name}" is a fault of the machine and has no metric`
        : `a ${machine.type.name} has no metric "${wish.metric}"; it has ${Object.keys(machine.type.metrics).join(", ")}`,
    );
  if (wish.endMs !== null && wish.endMs <= wish.startMs) return no("it ends before it starts");
  return {
    ok: true,
    fault: {
      deviceId: machine.deviceId,
      kind: kind.name,
      startsAt: options.startsAt + wish.startMs,
      endsAt: wish.endMs === null ? null : options.startsAt + wish.endMs,
      metric,
      rampMs: wish.rampMs,
      extent: wish.extent,
    },
  };
}

/** undefined: it does not fit. */
function metricOf(
  { metric }: FaultWish,
  kind: FaultKind,
  { type }: SimulatedMachine,
): string | null | undefined {
  if (kind.sensor === null) return metric === null ? null : undefined;
  if (metric === null) return "temperature";
  return Object.hasOwn(type.metrics, metric) ? metric : undefined;
}

function no(reason: string): Planned {
  return { ok: false, reason };
}

const spans: Readonly<Record<string, Ms>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Milliseconds of `500ms`, `60s`, `2m`, `1.5h` or `3d`; null: it is none of these. */
export function parseSpan(text: string): Ms | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = spans[unit ?? ""];
  return amount === undefined || factor === undefined ? null : Number(amount) * factor;
}

/** `KIND@TIME`, `KIND@TIME@DEVICE` or `KIND@TIME@DEVICE@METRIC`; null: it is not of this form. */
export function parseFaultOption(text: string): FaultWish | null {
  const [kind = "", time = "0s", device, metric, ...rest] = text.split("@");
  const startMs = parseSpan(time);
  if (startMs === null || rest.length > 0) return null;
  const none = { endMs: null, rampMs: null, extent: 1 };
  return { kind, startMs, device: device ?? null, metric: metric ?? null, ...none };
}
