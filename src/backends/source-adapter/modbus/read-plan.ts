import type { ReadFunction, Register, RegisterMap } from "./register-map.ts";
import { registersOf } from "./value-codec.ts";

/** One request, and what lies in its answer. */
export interface ReadBlock {
  readonly function: ReadFunction;
  /** As it goes over the wire, from 0. */
  readonly address: number;
  /** Registers, or bits of coils and inputs. */
  readonly count: number;
  readonly entries: readonly PlannedRegister[];
}

export interface PlannedRegister {
  /** null: the device's own state. */
  readonly metric: string | null;
  readonly register: Register;
  /** Registers, or bits, from the beginning of the block. */
  readonly offset: number;
}

/** Bits that one request for coils or inputs may ask for (specification, section 6.1). */
const BITS_MAX = 2_000;

interface Span {
  readonly metric: string | null;
  readonly register: Register;
  readonly from: number;
  readonly to: number;
}

/** The fewest requests that read a map within its limits. No value is torn in two. */
export function planReads(map: RegisterMap): readonly ReadBlock[] {
  const spans = [
    ...Object.entries(map.metrics).map(([metric, register]) => spanOf(metric, register, map)),
    ...(map.status === null ? [] : [spanOf(null, map.status, map)]),
  ].toSorted((a, b) => a.register.function - b.register.function || a.from - b.from);
  const groups: Span[][] = [];
  for (const span of spans) {
    const group = groups.at(-1);
    if (group !== undefined && joins(group, span, map)) group.push(span);
    else groups.push([span]);
  }
  return groups.flatMap((group) => blockOf(group));
}

function spanOf(
  metric: string | null,
  register: Register,
  { address_base: base }: RegisterMap,
): Span {
  const from = register.address - base;
  return {
    metric,
    register,
    from,
    to: from + (register.function <= 2 ? 1 : registersOf(register.type)),
  };
}

function joins(
  group: readonly Span[],
  span: Span,
  { max_gap: gap, max_block: block }: RegisterMap,
): boolean {
  const [first] = group;
  if (first === undefined || first.register.function !== span.register.function) return false;
  const end = Math.max(...group.map(({ to }) => to));
  const most = span.register.function <= 2 ? BITS_MAX : block;
  return span.from - end <= gap && Math.max(end, span.to) - first.from <= most;
}

function blockOf(group: readonly Span[]): ReadBlock[] {
  const [first] = group;
  if (first === undefined) return [];
  const { from: address, register } = first;
  return [
    {
      function: register.function,
      address,
      count: Math.max(...group.map(({ to }) => to)) - address,
      entries: group.map((span) => ({
        metric: span.metric,
        register: span.register,
        offset: span.from - address,
      })),
    },
  ];
}
