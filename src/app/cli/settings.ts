import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openFileConfigSource } from "../../backends/config-source/file/file-config-source.ts";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { resolveConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";

export interface SettingOptions {
  readonly config?: string | undefined;
  readonly dataDir?: string | undefined;
}

/** File named on the command line, or `iai.yaml` of this folder, or none. */
export function configFileOf(options: SettingOptions): string | null {
  if (options.config !== undefined) {
    if (!existsSync(options.config))
      throw new IaiError(
        "CONFIG_UNREADABLE",
        `Cannot read "${options.config}": there is no such file`,
      );
    return resolve(options.config);
  }
  return existsSync("iai.yaml") ? resolve("iai.yaml") : null;
}

/** The configuration a command works with: file, then environment, then `--data-dir`. */
export async function configOf(options: SettingOptions): Promise<Config> {
  const file = configFileOf(options);
  const document = file === null ? { values: {}, origin: "defaults" } : await loadOnce(file);
  const config = resolveConfig(document, process.env);
  return options.dataDir === undefined ? config : { ...config, dataDir: options.dataDir };
}

export async function dataDirOf(options: SettingOptions): Promise<string> {
  return (await configOf(options)).dataDir;
}

async function loadOnce(
  file: string,
): Promise<Awaited<ReturnType<ReturnType<typeof openFileConfigSource>["load"]>>> {
  const source = openFileConfigSource({ path: file, clock: systemClock });
  try {
    return await source.load();
  } finally {
    await source.close();
  }
}
