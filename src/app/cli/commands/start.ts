import { systemClock } from "../../../kernel/clock.ts";
import { createLog } from "../../../kernel/log.ts";
import { startEmbedded } from "../../runtime/embedded.ts";
import { configFileOf, configOf, type SettingOptions } from "../settings.ts";

/** `iai start`: the embedded profile, until SIGTERM, SIGINT or `iai stop`. */
export async function runStart(options: SettingOptions): Promise<number> {
  const began = systemClock.monotonic();
  const config = await configOf(options);
  const log = createLog(config.log.level, process.env["IAI_LOG_FILE"] ?? 2);
  let exitCode = 0;
  const stopped = Promise.withResolvers<void>();
  const runtime = await startEmbedded({
    config,
    log,
    reload: { file: configFileOf(options), dataDir: options.dataDir ?? null },
    onFatal: () => {
      exitCode = 1;
      stopped.resolve();
    },
  });
  process.once("SIGTERM", () => stopped.resolve());
  process.once("SIGINT", () => stopped.resolve());
  console.log(`IAI is ready after ${((systemClock.monotonic() - began) / 1000).toFixed(1)} s`);
  console.log(`  API      ${runtime.apiUrl}   documentation ${runtime.apiUrl}/docs`);
  if (runtime.consoleUrl !== null) console.log(`  console  ${runtime.consoleUrl}`);
  if (runtime.setupLink !== null) {
    console.log(`  set-up   ${runtime.setupLink}`);
    console.log("           (works once: choose the first administrator's name and password)");
  }
  await stopped.promise;
  console.log("IAI stops ...");
  await runtime.close();
  return exitCode;
}
