import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { createLog } from "../../../kernel/log.ts";
import { resolveConfig } from "../../config/load.ts";
import { fixedConfiguration } from "../../config/open-configuration.ts";
import { narrate, runDemoPlant } from "../../demo/demo-run.ts";
import { repositoryRoot } from "../../repository.ts";
import { startIai } from "../../runtime/start-iai.ts";
import { onStopSignal } from "../stop-signals.ts";

export interface DemoOptions {
  readonly replay?: string;
  readonly map?: string;
  readonly speed: string;
  readonly seed: string;
  readonly open?: boolean;
  readonly for?: string;
}

/** `iai demo`: a plant to look at within a minute, on a temporary data folder that goes at the end. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const began = systemClock.now();
  const replay = replayOf(options);
  const speed = numberOf("speed", options.speed);
  const seed = numberOf("seed", options.seed);
  const seconds = options.for === undefined ? null : numberOf("for", options.for);
  const folder = mkdtempSync(join(tmpdir(), "iai-demo-"));
  const abort = stopSignals(seconds);
  const say = (line: string): void => console.log(line);
  try {
    const config = resolveConfig(
      { values: { log: { level: "warn" } }, origin: "demo" },
      { ...process.env, IAI_DATA_DIR: folder },
    );
    const runtime = await startIai({
      role: null,
      configuration: fixedConfiguration(config),
      log: createLog(config.log.level, join(folder, "iai.log")),
      onFatal: (failure) => {
        say(`IAI failed: ${failure.message}: ${String(failure.cause ?? "")}`);
        abort.abort();
      },
    });
    try {
      const demo = await runtime.createDemoAccess();
      say(
        `IAI runs: console ${runtime.consoleUrl ?? "-"}   API ${runtime.apiUrl}   documentation ${runtime.apiUrl}/docs`,
      );
      say(`sign in   name ${demo.userName}   password ${demo.password}   (made for this run)`);
      say("stop with Ctrl-C; the data folder is temporary");
      narrate(runtime, say, began);
      if (options.open !== false) openBrowser(runtime.consoleUrl);
      await runDemoPlant({
        runtime,
        key: demo.key,
        seed,
        speed,
        replay,
        say,
        signal: abort.signal,
      });
      await untilAborted(abort.signal);
    } finally {
      // Whatever ended it: nobody goes on sending to a plant that is gone.
      abort.abort();
      await runtime.close();
    }
    say("stopped; nothing is left behind");
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function replayOf(options: DemoOptions): { readonly file: string; readonly map: string } | null {
  if (options.replay === undefined) return null;
  const map = options.map ?? join(repositoryRoot, "examples", "maps", "skab.yaml");
  for (const file of [options.replay, map]) {
    if (!existsSync(file))
      throw new IaiError(
        "RECORDING_INVALID",
        `Cannot replay: there is no file "${file}", nothing was started`,
      );
  }
  return { file: options.replay, map };
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  const message = `Cannot start the demo: --${name} must be a number above 0, got "${text}"`;
  throw new IaiError("USAGE", message);
}

/** Ends on Ctrl-C, SIGTERM, or after the given seconds. */
function stopSignals(seconds: number | null): AbortController {
  const abort = new AbortController();
  onStopSignal(() => abort.abort());
  if (seconds !== null)
    void systemClock.sleep(seconds * 1000, abort.signal).then(() => abort.abort());
  return abort;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function openBrowser(url: string | null): void {
  if (url === null || !process.stdout.isTTY) return;
  const command =
    process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  spawn(command, [url], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}
