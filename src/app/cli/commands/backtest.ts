import { existsSync } from "node:fs";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { BacktestRequest, BacktestResult, PastAlarm } from "../../../model/backtest.ts";
import { DAY, type EpochMs, isIdentifier } from "../../../model/basics.ts";
import { backtestToWire } from "../../../wire/backtest.ts";
import { parseInstant, severitySchema, toIso } from "../../../wire/basics.ts";
import { backtestFolder } from "../../backtest/backtest-folder.ts";
import { dataDirAt } from "../../data-dir.ts";
import { configOf, type SettingOptions } from "../settings.ts";

export interface BacktestOptions extends SettingOptions {
  readonly rule: string;
  readonly text?: string;
  readonly severity?: string;
  readonly device?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** How far back it looks where nothing is said. */
const DEFAULT_SPAN = 7 * DAY;

/** `iai backtest`: a rule over the past, whether IAI runs on the data folder or not; nothing is written. */
export async function runBacktest(options: BacktestOptions): Promise<number> {
  const request = requestOf(options, systemClock.now());
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  if (config.recordStore.kind === "sqlite" && !existsSync(dir.records)) {
    const reason = `there is no data of IAI in "${dir.root}"`;
    throw new IaiError("NOT_FOUND", `Cannot back-test: ${reason}, nothing was done`);
  }
  const result = await backtestFolder(request, config);
  console.log(
    options.json === true ? JSON.stringify(backtestToWire(result)) : linesOf(result).join("\n"),
  );
  return 0;
}

/** What is no id is the text of a new rule. */
function requestOf(options: BacktestOptions, now: EpochMs): BacktestRequest {
  const { rule, device } = options;
  const isId = isIdentifier(rule);
  const text = options.text ?? (isId ? undefined : rule);
  const severity = severityOf(options.severity);
  const change = {
    ...(text === undefined ? {} : { text }),
    ...(severity === undefined ? {} : { severity }),
  };
  const to = instantOf("--to", options.to) ?? now;
  const from = instantOf("--from", options.from) ?? to - DEFAULT_SPAN;
  if (from >= to) throw usage("--from must be earlier than --to");
  if (device !== undefined && !isIdentifier(device))
    throw usage(`--device must be an id of 1–50 characters, got "${device}"`);
  return {
    ruleId: isId ? rule : "new",
    change: Object.keys(change).length === 0 ? null : change,
    deviceIds: device === undefined ? null : [device],
    from,
    to,
  };
}

function severityOf(text: string | undefined): PastAlarm["severity"] | undefined {
  if (text === undefined) return undefined;
  const severity = severitySchema.safeParse(text);
  if (!severity.success) throw usage(`--severity must be P0, P1, P2 or P3, got "${text}"`);
  return severity.data;
}

function instantOf(option: string, text: string | undefined): EpochMs | null {
  if (text === undefined) return null;
  const at = parseInstant(text);
  if (at !== null) return at;
  throw usage(`${option} must be ISO 8601 with an offset, or whole milliseconds, got "${text}"`);
}

function usage(reason: string): IaiError {
  return new IaiError("USAGE", `Cannot back-test: ${reason}`);
}

function linesOf(result: BacktestResult): readonly string[] {
  const { before, after, gained, lost, kept, judged, devices } = result;
  const readings = devices.reduce((sum, device) => sum + device.readings, 0);
  const form = (rule: BacktestResult["before"]): string =>
    rule === null ? "no such rule" : `${rule.severity}  ${rule.text}`;
  return [
    `rule     ${result.ruleId}, ${toIso(result.from)} to ${toIso(result.to)}`,
    `before   ${form(before)}`,
    `after    ${form(after)}`,
    `past     ${devices.length} devices, ${readings} readings`,
    ...(result.complete
      ? []
      : ["         the past is longer than one back-test reads: name a device or a shorter time"]),
    `gained   ${gained.length}`,
    ...gained.map((alarm) => `  +  ${lineOf(alarm)}`),
    `lost     ${lost.length}`,
    ...lost.map((alarm) => `  -  ${lineOf(alarm)}`),
    `kept     ${kept.length}`,
    ...kept
      .filter((pair) => pair.delayMs !== 0)
      .map(
        (pair) =>
          `  ${pair.delayMs > 0 ? "later" : "earlier"} by ${Math.abs(pair.delayMs) / 1_000} s  ${lineOf(pair.after)}`,
      ),
    `orders   ${judged.length} closed with a verdict`,
    ...judged.map((one) => {
      const told = (is: boolean): string => (is ? "told" : "silent");
      return `  ${one.orderNo}  alarm ${one.alarm}, ${one.cause}: before ${told(one.toldBefore)}, after ${told(one.toldAfter)}`;
    }),
  ];
}

function lineOf({ deviceId, condition, severity, openedAt, clearedAt }: PastAlarm): string {
  const end = clearedAt === null ? "still active" : toIso(clearedAt);
  return `${severity}  ${deviceId}  ${condition}  ${toIso(openedAt)} – ${end}`;
}
