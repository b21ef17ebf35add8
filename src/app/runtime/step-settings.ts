import { canonicalJson } from "../../kernel/canonical-json.ts";
import type { StepSettings } from "../../model/control.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { Config } from "../config/schema.ts";

/** The options that decide in the steps. */
export function settingsOf(config: Config): StepSettings {
  return { ...config.detect, cooldownMs: config.alert.cooldownMs };
}

export interface SettingsDeps {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly settings: StepSettings;
}

const NAME = "step_settings";

/** Sends the settings into the log when they differ from those sent last: steps never read a configuration. */
export async function stageSettings({ records, control, settings }: SettingsDeps): Promise<void> {
  const value = { ...settings } as Readonly<Record<string, unknown>>;
  await records.transaction(async (tx) => {
    const known = await tx.find("setting", { name: NAME });
    if (known !== null && canonicalJson(known.value) === canonicalJson(value)) return;
    await control.stage(tx, { type: "settings", settings });
    const row = { name: NAME, value, updatedAt: known?.updatedAt ?? 0 };
    if (known === null) await tx.insert("setting", row);
    else await tx.update("setting", { name: NAME }, { value });
  });
  await control.flush();
}
