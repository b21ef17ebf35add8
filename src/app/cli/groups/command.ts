import { type Command, Option } from "commander";

/** Where IAI keeps everything. */
export const dataDirOption = (): Option =>
  new Option(
    "--data-dir <folder>",
    "folder of everything IAI keeps (default: from the configuration, else ./data)",
  );
/** Which configuration a command works with. */
export const configOption = (): Option =>
  new Option("--config <file>", "configuration file (default: ./iai.yaml where there is one)");

/** Wraps a command: its number is the exit code. Commander hands its options over untyped. */
export function run<O extends object>(
  work: (options: O, argument: string) => Promise<number> | number,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    process.exitCode = await work(command.opts() as O, command.args[0] ?? "");
  };
}
