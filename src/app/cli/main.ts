import { Command, CommanderError } from "commander";
import { IaiError } from "../../kernel/errors.ts";
import { productVersion } from "../repository.ts";
import { addAccessCommands } from "./groups/access-commands.ts";
import { addDataCommands } from "./groups/data-commands.ts";
import { addDevelopmentCommands } from "./groups/development-commands.ts";
import { addOperationCommands } from "./groups/operation-commands.ts";
import { addRunCommands } from "./groups/run-commands.ts";

/** Exit codes of every command. */
const EXIT = { good: 0, failed: 1, usage: 2 } as const;

/** Builds the command line. Each command loads its own code when it runs, so that `--help` is quick. */
function buildProgram(): Command {
  const program = new Command("iai");
  program
    .description(
      "IAI, Industrial AI Intelligence: sensor readings in; alarms, diagnoses and work orders out",
    )
    .version(productVersion)
    .showHelpAfterError("(run with --help for the options)")
    .exitOverride();
  addRunCommands(program);
  addDataCommands(program);
  addAccessCommands(program);
  addOperationCommands(program);
  addDevelopmentCommands(program);
  return program;
}

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync(process.argv);
  } catch (failure) {
    if (failure instanceof CommanderError) {
      process.exitCode = failure.exitCode === 0 ? EXIT.good : EXIT.usage;
      return;
    }
    if (failure instanceof IaiError) {
      process.stderr.write(`iai: ${failure.message} [${failure.code}]\n`);
      process.exitCode = failure.code === "USAGE" ? EXIT.usage : EXIT.failed;
      return;
    }
    process.stderr.write(`iai: ${failure instanceof Error ? failure.stack : String(failure)}\n`);
    process.exitCode = EXIT.failed;
  }
}

await main();
