import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { configSchema } from "../config/schema.ts";
import { buildConsole } from "../console-build.ts";
import type { BenchOptions } from "./bench-options.ts";
import type { BenchResult } from "./goals.ts";
import { benchConfig, type IaiSetup, prepareIai, protectDevices, startIai } from "./iai-system.ts";
import { runKillLoop } from "./kill-loop.ts";
import { installNodeRed, startNodeRed } from "./node-red-system.ts";
import { fleet, type Round, runRound, warmUp } from "./rounds.ts";
import { startOnLongLog, startsAfterKill } from "./start-times.ts";
import { freePort } from "./system-under-test.ts";

export type Say = (line: string) => void;

/** Measures everything in temporary folders; what it starts it also ends. */
export async function measureAll(bench: BenchOptions, say: Say): Promise<BenchResult> {
  const cacheDir = join(tmpdir(), "iai-bench");
  mkdirSync(cacheDir, { recursive: true });
  if (bench.withNodeRed) installNodeRed(cacheDir);
  // Otherwise the first start would build it.
  buildConsole();
  const folder = mkdtempSync(join(cacheDir, "run-"));
  try {
    const alertPort = alertPortOf();
    const rounds = await measureRounds(bench, { folder, cacheDir, alertPort, say });
    return { rounds, ...(await measureCrashes(bench, { folder, alertPort, say })) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly folder: string;
  readonly alertPort: number;
  readonly say: Say;
}

async function measureRounds(
  bench: BenchOptions,
  { folder, alertPort, say, cacheDir }: Place & { readonly cacheDir: string },
): Promise<readonly Round[]> {
  const peers = bench.withNodeRed
    ? [await startNodeRed({ cacheDir, port: await freePort(), alertPort })]
    : [];
  const rounds: Round[] = [];
  try {
    for (let number = 1; number <= bench.rounds; number += 1) {
      say(`round ${number} of ${bench.rounds}`);
      const setup = await newIai(join(folder, `round-${number}`));
      const iai = await startIai(setup);
      try {
        await protectDevices(setup, fleet);
        const options = { bench, number, alertPort, probeFolder: setup.dataDir, say };
        // IAI is started anew for each round, its peers are not: all of them are warm before it counts.
        await warmUp([iai, ...peers], options);
        rounds.push(await runRound([iai, ...peers], options));
      } finally {
        await iai.stop();
        rmSync(setup.dataDir, { recursive: true, force: true });
      }
    }
  } finally {
    for (const peer of peers) await peer.stop();
  }
  return rounds;
}

async function measureCrashes(
  bench: BenchOptions,
  { folder, alertPort, say }: Place,
): Promise<Omit<BenchResult, "rounds">> {
  const setup = await newIai(join(folder, "crashes"));
  let iai = await startIai(setup);
  try {
    await protectDevices(setup, fleet);
    say(`${bench.kills} kills at 300 breaches/s`);
    const killed = await runKillLoop(setup, iai, { bench, alertPort });
    say(`${bench.startsAfterKill} starts after a kill at 5,000/s`);
    const again = await startsAfterKill(setup, killed.iai, { bench, alertPort });
    await again.iai.stop();
    say("start on a long log");
    const long = await startOnLongLog(setup, bench);
    iai = long.iai;
    const { startMs, logBytes } = long;
    return {
      killLoop: killed.result,
      slowestStartAfterKillMs: again.slowestMs,
      longLog: { startMs, logBytes },
    };
  } finally {
    // What is left to read of a long log is of no interest: no orderly end.
    await iai.owned.end("SIGKILL");
  }
}

async function newIai(dataDir: string): Promise<IaiSetup> {
  return prepareIai(dataDir, await freePort());
}

/** The meter listens where `bench.yaml` sends the alerts. */
function alertPortOf(): number {
  const config = configSchema.parse(parse(readFileSync(benchConfig, "utf8")));
  const target = config.notify.targets.find(({ kind }) => kind === "webhook");
  return target?.kind === "webhook" ? Number(new URL(target.url).port) : 0;
}
