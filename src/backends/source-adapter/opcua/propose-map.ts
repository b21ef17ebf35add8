import { stringify } from "yaml";
import { isIdentifier, isMetricName } from "../../../model/basics.ts";

/** A variable that the server has, as browsing found it. */
export interface FoundVariable {
  /** With the name of its namespace, so that it means the same after the server's next start. */
  readonly node: string;
  /** Names from the folder of objects down, its own last. */
  readonly path: readonly string[];
  readonly dataType: string;
  /** null: the server says none, or none that IAI knows. */
  readonly unit: string | null;
  /** What the server calls its unit; null: it does not. */
  readonly unitName: string | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** One line of a proposal. */
export interface ProposedTag {
  readonly deviceId: string;
  readonly metric: string;
  readonly variable: FoundVariable;
}

/**
 * A device for each object that has variables, a metric for each of its variables. Names are made fit for IAI; of two
 * that become the same, the later ones get a number.
 */
export function proposeTags(variables: readonly FoundVariable[]): readonly ProposedTag[] {
  const taken = new Set<string>();
  const devices = new Map<string, string>();
  return variables.map((variable) => {
    const place = variable.path.slice(0, -1);
    const key = JSON.stringify(place);
    const deviceId =
      devices.get(key) ??
      unique(fit(place.at(-1) ?? "DEVICE"), (name) => ![...devices.values()].includes(name));
    devices.set(key, deviceId);
    const wanted = metricName(variable.path.at(-1) ?? "value");
    const metric = unique(wanted, (name) => !taken.has(`${deviceId} ${name}`));
    taken.add(`${deviceId} ${metric}`);
    return { deviceId, metric, variable };
  });
}

/** The proposal as a node map, with what the server says of ranges as comments: limits belong to the device. */
export function proposalYaml(tags: readonly ProposedTag[]): string {
  const lines = ["devices:"];
  for (const [deviceId, members] of Map.groupBy(tags, (tag) => tag.deviceId)) {
    lines.push(`  ${word(deviceId)}:`, "    metrics:");
    for (const { metric, variable } of members) {
      const unit = variable.unit === null ? "" : `, unit: ${word(variable.unit)}`;
      lines.push(
        `      ${word(metric)}: { node: ${word(variable.node)}${unit} }${remark(variable)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Metrics with limits, in the form of `POST /devices`; null: the server gives no range of any of them. */
export function proposedLimits(
  tags: readonly ProposedTag[],
): Readonly<Record<string, Readonly<Record<string, { min: number; max: number; unit?: string }>>>> {
  const devices: Record<string, Record<string, { min: number; max: number; unit?: string }>> = {};
  for (const { deviceId, metric, variable } of tags) {
    const { low, high, unit } = variable;
    if (low === null || high === null) continue;
    devices[deviceId] ??= {};
    devices[deviceId][metric] = { min: low, max: high, ...(unit === null ? {} : { unit }) };
  }
  return devices;
}

function remark({ low, high, unit, unitName, dataType }: FoundVariable): string {
  const range = low === null || high === null ? [] : [`range ${low} to ${high}`];
  const foreign =
    unit === null && unitName !== null ? [`unit "${unitName}" is not known to IAI`] : [];
  return `  # ${[dataType, ...range, ...foreign].join(", ")}`;
}

/** As YAML writes it in one line. */
const word = (text: string): string =>
  stringify(text, {
    lineWidth: 0,
    defaultStringType: /^[\w.°³²/%-]+$/.test(text) ? "PLAIN" : "QUOTE_DOUBLE",
  }).trim();

/** Only letters, digits and `_ . : -`, at most 50. */
function fit(name: string): string {
  const text = name
    .replaceAll(/[^A-Za-z0-9_.:-]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 45);
  return isIdentifier(text) ? text : "X";
}

function metricName(name: string): string {
  const text = fit(name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")).toLowerCase();
  return isMetricName(text) ? text : `${text}_1`;
}

function unique(name: string, isFree: (name: string) => boolean): string {
  if (isFree(name)) return name;
  for (let n = 2; ; n += 1) if (isFree(`${name}_${n}`)) return `${name}_${n}`;
}
