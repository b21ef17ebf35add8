import { Command } from "commander";
import { productVersion } from "../repository.ts";
import { addAccessCommands } from "./groups/access-commands.ts";
import { addDataCommands } from "./groups/data-commands.ts";
import { addDevelopmentCommands } from "./groups/development-commands.ts";
import { addOperationCommands } from "./groups/operation-commands.ts";
import { addRunCommands } from "./groups/run-commands.ts";
import { addTrainingCommands } from "./groups/training-commands.ts";

/** The whole command line. Each command loads its own code when it runs, so that `--help` is quick. */
export function buildProgram(): Command {
  const program = new Command("iai");
  program
    .description(
      "IAI, Industrial AI Intelligence: sensor readings in; alarms, diagnoses and work orders out",
    )
    .version(productVersion)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageError(text)) });
  addRunCommands(program);
  addDataCommands(program);
  addAccessCommands(program);
  addOperationCommands(program);
  addTrainingCommands(program);
  addDevelopmentCommands(program);
  return program;
}

/** A wrong command line is told like every other failure, with its code. */
function usageError(text: string): string {
  const reason = text.replace(/^error: /, "").trimEnd();
  return `iai: ${reason} [USAGE]\n(run with --help for the options)\n`;
}
