import { readFile } from "node:fs/promises";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { LanguageModel } from "../../ports/language-model.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { Config } from "../config/schema.ts";
import { secretFilesIn, secretsIn } from "../config/secrets.ts";
import type { OpenLanguageModel } from "../open-language-model.ts";
import { openLanguageModel } from "../registry.ts";

export interface RunningLanguageModelDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Whose users' names must not leave; null: there is no one to ask. */
  readonly records: Pick<RecordStore, "read"> | null;
  /** Passwords that people gave while IAI runs; they must not leave either. */
  readonly givenSecrets: () => Promise<readonly string[]>;
}

/** The configured language model; another one takes its place when the configuration changes. */
export interface RunningLanguageModel extends LanguageModel, Pick<OpenLanguageModel, "state"> {
  reconfigure(config: Config): Promise<void>;
}

export async function openRunningLanguageModel(
  deps: RunningLanguageModelDeps,
): Promise<RunningLanguageModel> {
  const { records } = deps;
  let secrets = await allSecretsOf(deps.config);
  const open = (config: Config): Promise<OpenLanguageModel> =>
    openLanguageModel(config.languageModel, {
      ...deps,
      sensitive: async () => ({
        secrets: [...secrets, ...(await deps.givenSecrets())],
        userNames: records === null ? [] : await userNamesIn(records),
      }),
    });
  let current = await open(deps.config);
  return {
    get capabilities() {
      return current.capabilities;
    },
    complete: (request, signal) => current.complete(request, signal),
    state: () => current.state(),
    reconfigure: async (config) => {
      secrets = await allSecretsOf(config);
      if (await current.reconfigure(config.languageModel)) return;
      const before = current;
      current = await open(config);
      await before.close();
    },
    close: () => current.close(),
  };
}

async function allSecretsOf(config: Config): Promise<readonly string[]> {
  const inFiles = await Promise.all(
    // A file that cannot be read stops whoever needs it; there is nothing in it that could leave.
    secretFilesIn(config).map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const lines = inFiles.map((text) => text.trimEnd()).filter((text) => text !== "");
  return [...secretsIn(config), ...lines];
}

async function userNamesIn(records: Pick<RecordStore, "read">): Promise<readonly string[]> {
  const users = await records.read((tx) => tx.list("user_account", {}));
  return users.map(({ name }) => name);
}
