import type { Command } from "commander";
import type { BenchCommandOptions } from "../commands/bench.ts";
import type { TestOptions } from "../commands/development.ts";
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
    .option("--servers", "the suites on the real servers instead, which are fetched and started")
    .description("everything that needs no server of others")
    .action(
      run<TestOptions>(async (options) =>
        (await import("../commands/development.ts")).runTest(options),
      ),
    );
  program
    .command("servers")
    .argument("[words...]", "up | down | status, then names of servers; --json, --help")
    .helpOption(false)
    .allowUnknownOption()
    .description("the real servers of the cluster profile, for development")
    .action(async (words: readonly string[]) => {
      process.exitCode = (await import("../commands/development.ts")).runServers(words);
    });
  program
    .command("dev")
    .description("the console from its sources, beside a running IAI")
    .action(run(async () => (await import("../commands/development.ts")).runDev()));
}
