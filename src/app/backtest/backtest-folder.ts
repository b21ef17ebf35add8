import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { BacktestRequest, BacktestResult } from "../../model/backtest.ts";
import type { Config } from "../config/schema.ts";
import { dataDirAt } from "../data-dir.ts";
import { openTelemetryBeside } from "../export/telemetry-beside.ts";
import { openRecordStore } from "../registry.ts";
import { settingsOf } from "../runtime/step-settings.ts";
import { backtestRule } from "./backtest-rule.ts";

/** About a minute of one core. */
const READINGS_MAX = 5_000_000;

/** A back-test over what an IAI keeps, whether it runs or not: reads beside it, writes nothing. */
export async function backtestFolder(
  request: BacktestRequest,
  config: Config,
): Promise<BacktestResult> {
  const dir = dataDirAt(config.dataDir);
  const deps = { dir, clock: systemClock, log: silentLog };
  const records = await openRecordStore(config.recordStore, deps);
  const telemetry = await openTelemetryBeside(config.telemetryStore, dir, true);
  try {
    const settings = settingsOf(config);
    return await backtestRule(request, { records, telemetry, settings, readingsMax: READINGS_MAX });
  } finally {
    await telemetry.close();
    await records.close();
  }
}
