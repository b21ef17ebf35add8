import { rmSync } from "node:fs";
import { systemClock } from "../../../kernel/clock.ts";
import { createLog } from "../../../kernel/log.ts";
import { dataDirAt, lockDataDir } from "../../data-dir.ts";
import { rebuildTelemetry } from "../../rebuild/rebuild-telemetry.ts";
import { configOf, type SettingOptions } from "../settings.ts";

/**
 * `iai rebuild`: every projection anew. Telemetry is written again from the log where the log reaches, minutes
 * from the raw readings elsewhere; the steps read the log again and number their outputs as before, so that alarms
 * stay what they are.
 */
export async function runRebuild(options: SettingOptions): Promise<number> {
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  const lock = lockDataDir(dir);
  try {
    const done = await rebuildTelemetry({
      config,
      dir,
      clock: systemClock,
      log: createLog("warn"),
      say: (line) => console.log(`rebuild: ${line}`),
    });
    for (const suffix of ["", "-wal", "-shm"])
      rmSync(`${dir.checkpoints}${suffix}`, { force: true });
    console.log(
      `iai: ${done.readings} readings written from the log; the detectors read it again at the next start`,
    );
    return 0;
  } finally {
    lock.release();
  }
}
