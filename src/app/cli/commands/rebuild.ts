import { rmSync } from "node:fs";
import { join } from "node:path";
import { rewindConsumers } from "../../../backends/event-bus/embedded/log-scan.ts";
import { DETECT_GROUP } from "../../../backends/stream-engine/embedded/stream-loop.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { createLog } from "../../../kernel/log.ts";
import { type DataDir, dataDirAt, lockDataDir } from "../../data-dir.ts";
import { rebuildTelemetry } from "../../rebuild/rebuild-telemetry.ts";
import { configOf, type SettingOptions } from "../settings.ts";

/**
 * `iai rebuild`: every projection anew. Telemetry is written again from the log where the log reaches, minutes
 * from the raw readings elsewhere. While the log holds its first record, the steps read it again too and number
 * their outputs as before, so that alarms stay what they are. Later it no longer tells them the limits, rules and
 * baselines they once learned from it: then they keep what they know.
 */
export async function runRebuild(options: SettingOptions): Promise<number> {
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  const lock = lockDataDir(dir);
  try {
    const { readings, logIsWhole } = await rebuildTelemetry({
      config,
      dir,
      clock: systemClock,
      log: createLog("warn"),
      say: (line) => console.log(`rebuild: ${line}`),
    });
    if (logIsWhole) forgetSteps(dir);
    const steps = logIsWhole
      ? "the detectors read it again at the next start"
      : "it no longer reaches back to its first record, so the detectors keep their states and episodes";
    console.log(`iai: ${readings} readings written from the log; ${steps}`);
    return 0;
  } finally {
    lock.release();
  }
}

/** Step states go first: episodes without them come again, states without episodes would not make them again. */
function forgetSteps(dir: DataDir): void {
  rewindConsumers(dir.log, [DETECT_GROUP]);
  for (const file of [dir.checkpoints, join(dir.telemetry, "episodes.db")]) {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
  }
}
