import type { Command } from "commander";
import type { BenchCommandOptions } from "../commands/bench.ts";
import { run } from "./command.ts";

export function addDevelopmentCommands(program: Command): void {
  program
    .command("bench")
    .option("--quick", "one short round, under two minutes")
    .option("--rounds <n>", "rounds", "3")
    .option("--peers <list>", "peers beside IAI: node-red, none", "node-red")
    .option("--out <file>", "write the result into a Markdown file")
    .option("--json", "print the result as JSON")
    .description("measure this IAI beside its peers on this machine")
    .action(
      run<BenchCommandOptions>(async (options) =>
        (await import("../commands/bench.ts")).runBench(options),
      ),
    );
  program
    .command("ok")
    .description("format, lint, types, tidy and unit tests")
    .action(run(async () => (await import("../commands/development.ts")).runOk()));
  program
    .command("test")
    .description("everything that needs no server of others")
    .action(run(async () => (await import("../commands/development.ts")).runTest()));
  program
    .command("dev")
    .description("the console from its sources, beside a running IAI")
    .action(run(async () => (await import("../commands/development.ts")).runDev()));
}
