import { systemClock } from "../../kernel/clock.ts";
import type { Ms } from "../../model/basics.ts";
import type { BenchOptions } from "./bench-options.ts";
import { type IaiSetup, type IaiSystem, startIai } from "./iai-system.ts";
import type { LoadResult } from "./load-generator.ts";
import { fleet } from "./rounds.ts";
import { runGenerator } from "./run-load.ts";

/** What was lost, doubled or late while IAI was killed again and again. */
export interface KillLoopResult {
  readonly kills: number;
  readonly load: LoadResult;
  /** Slowest start after a kill, to the first acknowledgement. */
  readonly slowestStartMs: Ms;
}

const BREACHES_PER_SECOND = 300;
/** Alerts may fall behind at this rate; they are waited for, and what comes too late shows as latency. */
const DRAIN_MS: Ms = 120_000;
/** Sequence numbers that no other run uses. */
const FIRST_SEQ = 1_000_000_000;

/** Kills IAI (SIGKILL) in regular intervals under load; it is started again at once. */
export async function runKillLoop(
  setup: IaiSetup,
  iai: IaiSystem,
  options: { readonly bench: BenchOptions; readonly alertPort: number },
): Promise<{ readonly result: KillLoopResult; readonly iai: IaiSystem }> {
  const { bench, alertPort } = options;
  const loaded = runGenerator({
    ...fleet,
    url: iai.readingsUrl,
    authorization: iai.authorization,
    alertPort,
    readingsPerSecond: 2 * BREACHES_PER_SECOND,
    breachesPerSecond: BREACHES_PER_SECOND,
    seconds: (bench.kills + 1) * bench.secondsPerKill,
    batch: 10,
    connections: 4,
    window: 4_000,
    drainMs: DRAIN_MS,
    seed: 10,
    firstSeq: FIRST_SEQ,
  });
  let [running, slowestStartMs] = [iai, 0];
  for (let kill = 0; kill < bench.kills; kill += 1) {
    await systemClock.sleep(bench.secondsPerKill * 1_000 - running.readyAfterMs * Math.sign(kill));
    await running.owned.end("SIGKILL");
    running = await startIai(setup);
    slowestStartMs = Math.max(slowestStartMs, running.readyAfterMs);
  }
  return { result: { kills: bench.kills, load: await loaded, slowestStartMs }, iai: running };
}
