import { readFileSync } from "node:fs";
import { z } from "zod";
import {
  machineTypeNames,
  machineTypes,
} from "../../backends/source-adapter/simulator/machine-types.ts";
import { loadProfiles } from "../../backends/source-adapter/simulator/physics/load-profile.ts";
import {
  describeMachine,
  type SimulatedMachine,
} from "../../backends/source-adapter/simulator/plant-model.ts";
import { IaiError } from "../../kernel/errors.ts";
import { parseYamlMap } from "../../kernel/yaml-document.ts";
import { isIdentifier } from "../../model/basics.ts";
import { type FaultWish, parseSpan } from "./fault-plan.ts";

export const DEVICES_MAX = 10_000;

const identifier = z.string().refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -");
const span = z.string().transform((text, context) => {
  const ms = parseSpan(text);
  if (ms !== null) return ms;
  context.addIssue({ code: "custom", message: `must be like 60s, 2m or 1h, got "${text}"` });
  return z.NEVER;
});

const device = z.strictObject({
  id: identifier,
  type: z.enum(machineTypeNames),
  name: z.string().min(1).max(100).optional(),
  factory_id: identifier.default("F001"),
  line_id: identifier.default("L001"),
});

const fault = z.strictObject({
  device: identifier.nullable().default(null),
  kind: z.string(),
  metric: z.string().nullable().default(null),
  start: span,
  ramp: span.nullable().default(null),
  end: span.nullable().default(null),
  extent: z.number().positive().max(1).default(1),
});

const scenario = z.strictObject({
  seed: z.int().min(0).optional(),
  load: z.enum(loadProfiles).optional(),
  devices: z
    .union([z.int().min(1).max(DEVICES_MAX), z.array(device).min(1).max(DEVICES_MAX)])
    .optional(),
  faults: z.array(fault).default([]),
});

/** A plant and its faults as a file; what it does not say, the command line does. */
export interface Scenario {
  readonly seed: number | null;
  readonly load: (typeof loadProfiles)[number] | null;
  readonly machines: readonly SimulatedMachine[] | null;
  readonly faults: readonly FaultWish[];
}

export function loadScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const message = `Cannot simulate: the scenario "${path}" cannot be read`;
    throw new IaiError("USAGE", message, { cause });
  }
  return parseScenario(path, text);
}

/** USAGE says which entry is wrong. */
export function parseScenario(path: string, text: string): Scenario {
  const parsed = scenario.safeParse(parseYamlMap(path, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidScenario(path, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const { seed = null, load = null, devices, faults } = parsed.data;
  const machines = devices === undefined ? null : machinesOf(path, devices);
  return {
    seed,
    load,
    machines,
    faults: faults.map(({ start, ramp, end, ...rest }) => ({
      ...rest,
      startMs: start,
      rampMs: ramp,
      endMs: end,
    })),
  };
}

export function invalidScenario(path: string, reason: string): IaiError {
  return new IaiError("USAGE", `Cannot simulate: the scenario "${path}" is not valid: ${reason}`);
}

function machinesOf(
  path: string,
  devices: number | readonly z.infer<typeof device>[],
): readonly SimulatedMachine[] {
  if (typeof devices === "number") return firstMachines(devices);
  const ids = devices.map(({ id }) => id);
  const twice = ids.find((id, n) => ids.indexOf(id) !== n);
  if (twice !== undefined)
    throw invalidScenario(path, `devices: the machine "${twice}" stands there twice`);
  return devices.flatMap(({ id, type: name, ...about }) => {
    const type = machineTypes[name];
    if (type === undefined) return [];
    const { factory_id: factoryId, line_id: lineId } = about;
    return [{ deviceId: id, deviceName: about.name ?? id, type, factoryId, lineId }];
  });
}

export function firstMachines(count: number): readonly SimulatedMachine[] {
  return Array.from({ length: count }, (_, index) => describeMachine(index));
}
