import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { createLog } from "../../../kernel/log.ts";
import { openConfiguration } from "../../config/open-configuration.ts";
import { type RoleName, roleNames } from "../../runtime/parts.ts";
import { startIai } from "../../runtime/start-iai.ts";
import { configFileOf, type SettingOptions } from "../settings.ts";
import { onStopSignal } from "../stop-signals.ts";

/** `iai start`: the embedded profile, until SIGTERM, SIGINT or `iai stop`. */
export function runStart(options: SettingOptions): Promise<number> {
  return runUntilStopped(options, null);
}

/** `iai role`: one role of the cluster profile, until the same. */
export function runRole(options: SettingOptions, name: string): Promise<number> {
  const role = roleNames.find((known) => known === name);
  if (role !== undefined) return runUntilStopped(options, role);
  const message = `Cannot start the role "${name}": there is none of this name, nothing was started. Roles: ${roleNames.join(", ")}`;
  throw new IaiError("USAGE", message);
}

async function runUntilStopped(options: SettingOptions, role: RoleName | null): Promise<number> {
  const began = systemClock.monotonic();
  const logFile = process.env["IAI_LOG_FILE"] ?? 2;
  const configuration = await openConfiguration({
    file: configFileOf(options),
    dataDir: options.dataDir ?? null,
    log: createLog("info", logFile),
  });
  const log = createLog(configuration.config.log.level, logFile);
  let exitCode = 0;
  const stopped = Promise.withResolvers<void>();
  const runtime = await startIai({
    configuration,
    log,
    role,
    onFatal: () => {
      exitCode = 1;
      stopped.resolve();
    },
  });
  onStopSignal(() => stopped.resolve());
  console.log(
    `IAI${role === null ? "" : ` (${role})`} is ready after ${((systemClock.monotonic() - began) / 1000).toFixed(1)} s`,
  );
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
