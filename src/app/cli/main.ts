import { CommanderError } from "commander";
import { IaiError } from "../../kernel/errors.ts";
import { buildProgram } from "./program.ts";

/** Exit codes of every command. */
const EXIT = { good: 0, failed: 1, usage: 2 } as const;

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
    const trace = failure instanceof Error ? failure.stack : String(failure);
    process.stderr.write(`iai: ${trace} [INTERNAL]\n`);
    process.exitCode = EXIT.failed;
  }
}

// A reader that has seen enough is no failure: `iai detect … | head`.
process.stdout.on("error", (failure: NodeJS.ErrnoException) => {
  if (failure.code === "EPIPE") process.exit(EXIT.good);
  const told = `Cannot write the output: ${failure.message}; it is not complete`;
  process.stderr.write(`iai: ${told} [STORAGE_IO_ERROR]\n`);
  process.exit(EXIT.failed);
});
await main();
