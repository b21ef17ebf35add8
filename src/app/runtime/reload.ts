import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import type { Configuration } from "../config/open-configuration.ts";
import { type Config, reloadableSections } from "../config/schema.ts";
import type { RunningLanguageModel } from "./language-model.ts";
import type { Stations } from "./stations.ts";
import { settingsOf, stageSettings } from "./step-settings.ts";

export interface ReloadDeps {
  readonly configuration: Configuration;
  readonly stations: Stations;
  readonly languageModel: RunningLanguageModel;
  readonly life: Lifecycle;
  readonly log: Log;
}

/** Follows the configuration: what may change while running takes effect, the rest is told to need a restart. */
export function startReloading(deps: ReloadDeps): void {
  const { configuration, stations, languageModel, life, log } = deps;
  const { source } = configuration;
  if (source === null) return;
  const broken = (failure: unknown): void =>
    log.warn("config.reload.refused", { error: String(failure) });
  let inForce = configuration.config;
  life.run(
    "configuration",
    async (signal) => {
      for await (const document of source.changes(signal, broken)) {
        try {
          const next = configuration.resolve(document);
          await stageSettings({ ...stations.stores, settings: settingsOf(next) });
          await languageModel.reconfigure(next);
          tellRestarts(inForce, next, log);
          inForce = next;
        } catch (failure) {
          broken(failure);
        }
      }
    },
    broken,
  );
}

/** Names the sections that changed and wait for the next start. */
function tellRestarts(before: Config, after: Config, log: Log): void {
  const live = new Set<string>(reloadableSections);
  const waiting = Object.keys(after).filter((section) => {
    const key = section as keyof Config;
    return !live.has(section) && JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  });
  log.info("config.reloaded", { needsRestart: waiting });
}
