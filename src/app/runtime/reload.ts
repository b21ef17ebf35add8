import { openFileConfigSource } from "../../backends/config-source/file/file-config-source.ts";
import { systemClock } from "../../kernel/clock.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Log } from "../../kernel/log.ts";
import { resolveConfig } from "../config/load.ts";
import { type Config, reloadableSections } from "../config/schema.ts";
import type { StartOptions } from "./start-iai.ts";
import type { Stations } from "./stations.ts";
import { settingsOf, stageSettings } from "./step-settings.ts";

export interface ReloadDeps {
  readonly options: StartOptions;
  readonly stations: Stations;
  readonly life: Lifecycle;
  readonly log: Log;
}

/** Follows the configuration file: what may change while running takes effect, the rest is told to need a restart. */
export function startReloading({ options, stations, life, log }: ReloadDeps): void {
  const file = options.reload?.file ?? null;
  if (file === null) return;
  const source = life.own(
    "configuration",
    openFileConfigSource({ path: file, clock: systemClock }),
  );
  const broken = (failure: unknown): void =>
    log.warn("config.reload.refused", { file, error: String(failure) });
  let inForce = options.config;
  life.run(
    "configuration",
    async (signal) => {
      for await (const document of source.changes(signal, broken)) {
        try {
          const next = resolveConfig(document, process.env);
          await stageSettings({ ...stations.stores, settings: settingsOf(next) });
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
