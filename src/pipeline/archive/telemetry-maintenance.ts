import type { Clock } from "../../kernel/clock.ts";
import { asIaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { Ms } from "../../model/basics.ts";
import type { TelemetryRetention, TelemetryStore } from "../../ports/telemetry-store.ts";

export interface TelemetryMaintenanceDeps {
  readonly telemetry: Pick<TelemetryStore, "maintain">;
  /** Read anew each round: a plant may change it while running. */
  readonly retention: () => TelemetryRetention;
  readonly clock: Clock;
  readonly log: Log;
  /** One round is short and leaves the rest to the next, so it should be called every few seconds. */
  readonly intervalMs: Ms;
}

/** Keeps the telemetry store tidy until the signal aborts; a round that fails is told and tried again. */
export async function runTelemetryMaintenance(
  deps: TelemetryMaintenanceDeps,
  signal: AbortSignal,
): Promise<void> {
  const { telemetry, retention, clock, log, intervalMs } = deps;
  while (!signal.aborted) {
    try {
      const { deletedDays, bytes } = await telemetry.maintain(retention(), clock.now());
      if (bytes > 0) log.info("telemetry.retention.deleted", { deletedDays, bytes });
    } catch (failure) {
      const { code, message } = asIaiError(failure, "maintain the telemetry store");
      log.warn("telemetry.maintenance.failed", { code, error: message });
    }
    await clock.sleep(intervalMs, signal);
  }
}
