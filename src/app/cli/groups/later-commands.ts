import type { Command } from "commander";
import { IaiError } from "../../../kernel/errors.ts";
import { run } from "./command.ts";

/** Commands whose parts come with a later version: they are known, and say so instead of doing something else. */
export function addLaterCommands(program: Command): void {
  program
    .command("backtest")
    .requiredOption("--rule <rule>", "rule to try")
    .option("--from <time>", "from, inclusive (ISO or ms)")
    .option("--to <time>", "to, exclusive (ISO or ms)")
    .option("--config <file>", "configuration file")
    .option("--data-dir <folder>", "folder of everything IAI keeps")
    .option("--json", "as JSON")
    .description("a changed rule over the past (later version)")
    .action(notYet("backtest a rule", "the time machine", "`./iai detect` judges recordings"));
}

function notYet(what: string, part: string, instead: string) {
  return run(() => {
    const message = `Cannot ${what}: ${part} is not part of this version, nothing was done; ${instead}`;
    throw new IaiError("UNSUPPORTED", message);
  });
}
