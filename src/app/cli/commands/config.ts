import { stringify } from "yaml";
import { optionTable } from "../../config/options.ts";
import { withoutSecrets } from "../../config/secrets.ts";
import { configFileOf, configOf, type SettingOptions } from "../settings.ts";

/** `iai config check`: exit 0 when IAI would start with it. */
export async function runConfigCheck(options: SettingOptions): Promise<number> {
  await configOf(options);
  console.log(`iai: the configuration is valid (${configFileOf(options) ?? "defaults, no file"})`);
  return 0;
}

/** `iai config print`: what is in force, defaults and environment included; secrets are never shown. */
export async function runConfigPrint(options: SettingOptions): Promise<number> {
  process.stdout.write(stringify(withoutSecrets(await configOf(options))));
  return 0;
}

/** `iai config docs`: every option with its variable, default and meaning. */
export function runConfigDocs(): number {
  for (const option of optionTable()) {
    console.log(
      `${option.path}  (${option.variable}, default ${option.defaultText})\n    ${option.about}`,
    );
  }
  return 0;
}
