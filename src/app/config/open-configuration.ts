import { join } from "node:path";
import type { NacosConfig } from "../../backends/config-source/nacos/config.ts";
import type { NacosConfigSource } from "../../backends/config-source/nacos/nacos-config-source.ts";
import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { ConfigDocument, ConfigSource } from "../../ports/config-source.ts";
import { resolveConfig } from "./load.ts";
import type { Config } from "./schema.ts";

/** A configuration in force and where its changes come from. */
export interface Configuration {
  readonly config: Config;
  /** null: there is nothing that could change. */
  readonly source: ConfigSource | null;
  /** Where this process is listed as a service; null: nowhere. */
  readonly registry: Pick<NacosConfigSource, "registerService" | "health"> | null;
  /** The whole configuration that a later document makes; throws CONFIG_INVALID. */
  readonly resolve: (document: ConfigDocument) => Config;
  close(): Promise<void>;
}

export interface ConfigurationOptions {
  /** null: there is none. */
  readonly file: string | null;
  /** Wins over what any document says; null: nobody named one. */
  readonly dataDir: string | null;
  readonly log: Log;
}

/** A configuration that nothing changes while it is in force. */
export function fixedConfiguration(config: Config): Configuration {
  const close = async (): Promise<void> => undefined;
  return { config, source: null, registry: null, resolve: () => config, close };
}

const nothing: ConfigDocument = { values: {}, origin: "defaults" };

/** What must be known before Nacos can be asked, and where its last good copy lies. */
const own = ["configSource", "dataDir"];

/** Reads the configuration: the environment wins over Nacos, Nacos over the file. */
export async function openConfiguration(options: ConfigurationOptions): Promise<Configuration> {
  const { openFileConfigSource } = await import(
    "../../backends/config-source/file/file-config-source.ts"
  );
  const { file, dataDir } = options;
  const source = file === null ? null : openFileConfigSource({ path: file, clock: systemClock });
  const document = (await source?.load()) ?? nothing;
  const resolve = (found: ConfigDocument): Config => {
    const config = resolveConfig(found, process.env);
    return dataDir === null ? config : { ...config, dataDir };
  };
  const config = resolve(document);
  if (config.configSource.kind === "nacos") {
    await source?.close();
    const resolveBoth = (found: ConfigDocument): Config => resolve(joined(document, found));
    return await openNacos(config, {
      ...options,
      nacos: config.configSource,
      resolve: resolveBoth,
    });
  }
  const close = async (): Promise<void> => void (await source?.close());
  return { config, source, registry: null, resolve, close };
}

async function openNacos(
  { dataDir }: Config,
  options: ConfigurationOptions & {
    readonly nacos: NacosConfig;
    readonly resolve: Configuration["resolve"];
  },
): Promise<Configuration> {
  const { log, nacos, resolve } = options;
  const { openNacosConfigSource } = await import(
    "../../backends/config-source/nacos/nacos-config-source.ts"
  );
  const source = await openNacosConfigSource(nacos, {
    clock: systemClock,
    log,
    copyFile: join(dataDir, "config", "nacos-last-good.yaml"),
    validate: (document) => void resolve(document),
  });
  try {
    const config = resolve(await source.load());
    return { config, source, registry: source, resolve, close: () => source.close() };
  } catch (failure) {
    await source.close();
    throw failure;
  }
}

type Tree = Readonly<Record<string, unknown>>;

/** Section by section; a list is replaced as a whole. */
function joined(file: ConfigDocument, nacos: ConfigDocument): ConfigDocument {
  const foreign = own.find((key) => key in nacos.values);
  if (foreign !== undefined) {
    const reason = `"${foreign}" cannot come from Nacos (from ${nacos.origin}): it says how Nacos is used`;
    throw new IaiError("CONFIG_INVALID", `Cannot use the configuration: ${reason}`);
  }
  return { values: merged(file.values, nacos.values), origin: `${file.origin}, ${nacos.origin}` };
}

function merged(below: Tree, above: Tree): Tree {
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, mergedValue(below[key], above[key])]));
}

function mergedValue(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  return isTree(below) && isTree(above) ? merged(below, above) : above;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
