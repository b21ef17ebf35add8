import { type Command, Option } from "commander";
import type { SettingOptions } from "../settings.ts";

/** Where IAI keeps everything. */
export const dataDirOption = (): Option =>
  new Option(
    "--data-dir <folder>",
    "folder of everything IAI keeps (default: from the configuration, else ./data)",
  );
/** Which configuration a command works with. */
export const configOption = (): Option =>
  new Option("--config <file>", "configuration file (default: ./iai.yaml where there is one)");

/** Fills in the data folder of the configuration where none was named. */
export async function withDataDir<T extends SettingOptions>(
  options: T,
): Promise<T & { readonly dataDir: string }> {
  const { dataDirOf } = await import("../settings.ts");
  return { ...options, dataDir: await dataDirOf(options) };
}

/** Wraps a command: its number is the exit code. Commander hands its options over untyped. */
export function run<O extends object>(
  work: (options: O, argument: string) => Promise<number> | number,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    process.exitCode = await work(command.opts() as O, command.args[0] ?? "");
  };
}
