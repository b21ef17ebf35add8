import { systemClock } from "../../../kernel/clock.ts";
import { dataDirAt, isAlive, readRunInfo } from "../../data-dir.ts";
import { dataDirOf, type SettingOptions } from "../settings.ts";

/** A graceful stop seals what is open; that takes a few seconds with many devices. */
const PATIENCE_MS = 60_000;

/** `iai stop`: ends the process that `start` began on this data folder, gracefully. */
export async function runStop(options: SettingOptions): Promise<number> {
  const dir = dataDirAt(await dataDirOf(options));
  const info = readRunInfo(dir);
  if (info === null) {
    console.log(`iai: nothing runs on "${dir.root}"`);
    return 0;
  }
  process.kill(info.pid, "SIGTERM");
  const deadline = systemClock.monotonic() + PATIENCE_MS;
  while (isAlive(info.pid) && systemClock.monotonic() < deadline) await systemClock.sleep(50);
  if (isAlive(info.pid)) {
    console.error(
      `iai: process ${info.pid} did not stop within ${PATIENCE_MS / 1000} s, it was left running`,
    );
    return 1;
  }
  console.log("iai: stopped");
  return 0;
}
