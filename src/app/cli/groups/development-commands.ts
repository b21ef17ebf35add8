import type { Command } from "commander";
import { run } from "./command.ts";

export function addDevelopmentCommands(program: Command): void {
  program
    .command("bench")
    .option("--quick", "one short round")
    .option("--rounds <n>", "rounds", "3")
    .option("--peers <list>", "peers beside IAI: node-red, none", "node-red")
    .option("--out <file>", "write the result as Markdown")
    .description("measure this IAI beside its peers on this machine")
    .action(run(async (options) => (await import("../commands/bench.ts")).runBench(options)));
  program
    .command("ok")
    .description("format, lint, types, tidy and unit tests")
    .action(run(async () => (await import("../commands/development.ts")).runOk()));
  program
    .command("test")
    .description("everything that needs no server of others")
    .action(run(async () => (await import("../commands/development.ts")).runTest()));
}
