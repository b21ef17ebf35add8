import { IaiError } from "../../../kernel/errors.ts";
import { type BenchOptions, fullBench, quickBench } from "../../bench/bench-options.ts";
import { judge } from "../../bench/goals.ts";
import { describeDifferences, describeMachine, writeMarkdown } from "../../bench/report.ts";
import { measureAll } from "../../bench/run-bench.ts";
import { formatTable } from "../table.ts";

export interface BenchCommandOptions {
  readonly quick?: boolean;
  readonly rounds: string;
  readonly peers: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `iai bench`: measures this IAI beside its peers; exit code 1 when a goal is missed. */
export async function runBench(options: BenchCommandOptions): Promise<number> {
  const bench = benchOf(options);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`bench.yaml differs from the defaults:\n  ${describeDifferences().join("\n  ")}`);
  const about = describeMachine(new Date());
  const result = await measureAll(bench, say);
  const rows = judge(result);
  if (options.json === true) console.log(JSON.stringify({ about, goals: rows }));
  else {
    console.log(about);
    const cells = rows.map((row) => [row.goal, row.asked, row.found, row.passed ? "pass" : "MISS"]);
    console.log(formatTable([["GOAL", "ASKED", "FOUND", ""], ...cells]));
  }
  if (options.out !== undefined) writeMarkdown(options.out, { rows, result, about });
  return rows.every((row) => row.passed) ? 0 : 1;
}

function benchOf({ quick, rounds, peers }: BenchCommandOptions): BenchOptions {
  const count = quick === true ? 1 : Number(rounds);
  if (!Number.isInteger(count) || count < 1 || count > 20) {
    throw new IaiError("USAGE", `Cannot measure: --rounds must be 1 to 20, got "${rounds}"`);
  }
  if (peers !== "node-red" && peers !== "none") {
    throw new IaiError("USAGE", `Cannot measure: --peers must be node-red or none, got "${peers}"`);
  }
  const size = quick === true ? quickBench : fullBench;
  return { ...size, rounds: count, withNodeRed: peers === "node-red" };
}
