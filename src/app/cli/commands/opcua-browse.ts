import { z } from "zod";
import { browseVariables } from "../../../backends/source-adapter/opcua/browse.ts";
import {
  connectionOptions,
  isPrivate,
  type OpcuaConnectionConfig,
} from "../../../backends/source-adapter/opcua/config.ts";
import { openLink } from "../../../backends/source-adapter/opcua/connection.ts";
import { loadOpcua } from "../../../backends/source-adapter/opcua/library.ts";
import {
  type ProposedTag,
  proposalYaml,
  proposedLimits,
  proposeTags,
} from "../../../backends/source-adapter/opcua/propose-map.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { dataDirAt } from "../../data-dir.ts";
import { dataDirOf, type SettingOptions } from "../settings.ts";

export interface OpcuaBrowseOptions extends SettingOptions {
  readonly url: string;
  readonly policy?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly under?: string;
  readonly allowInsecure?: boolean;
  readonly json?: boolean;
}

/** `iai opcua browse`: what the server has, as a node map to paste; nothing is written anywhere. */
export async function runOpcuaBrowse(options: OpcuaBrowseOptions): Promise<number> {
  const config = connectionOf(options);
  const opcua = await loadOpcua();
  const link = await openLink(opcua, config, {
    clock: systemClock,
    log: silentLog,
    variable: () => undefined,
    pkiFolder: dataDirAt(await dataDirOf(options)).opcuaCertificates,
  });
  try {
    const found = await browseVariables(opcua, link.session, options.under ?? null);
    const tags = proposeTags(found.variables);
    if (options.json === true) console.log(JSON.stringify(toJson(tags, found.isCut)));
    else print(tags, found.isCut);
    return tags.length > 0 ? 0 : 1;
  } finally {
    await link.close({ keepsSubscription: false });
  }
}

function connectionOf(options: OpcuaBrowseOptions): OpcuaConnectionConfig {
  const parsed = z.strictObject(connectionOptions).safeParse({
    url: options.url,
    securityPolicy: options.policy,
    username: options.user,
    passwordFile: options.passwordFile,
    allowInsecure: options.allowInsecure,
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const reason = `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim();
    throw new IaiError("USAGE", `Cannot browse: ${reason}`);
  }
  if (parsed.data.securityPolicy === "None" && !isPrivate(parsed.data))
    throw new IaiError(
      "USAGE",
      "Cannot browse without a policy on another machine: give --allow-insecure if its network is trusted",
    );
  if ((parsed.data.username === null) !== (parsed.data.passwordFile === null))
    throw new IaiError("USAGE", "Cannot browse: --user and --password-file belong together");
  return parsed.data;
}

function print(tags: readonly ProposedTag[], isCut: boolean): void {
  if (tags.length === 0) {
    console.log("# The server shows no variable with a number there.");
    return;
  }
  const more = isCut ? "; there are more: use --under NODE" : "";
  console.log(
    `# ${tags.length} variables${more}. Take out what is no measurement; see docs/protocols.md`,
  );
  console.log(proposalYaml(tags).trimEnd());
  const limits = Object.entries(proposedLimits(tags));
  if (limits.length === 0) return;
  console.log("# Sensor ranges that the server gives, for POST /api/v1/devices:");
  for (const [device_id, metrics] of limits)
    console.log(`# ${JSON.stringify({ device_id, metrics })}`);
}

function toJson(tags: readonly ProposedTag[], isCut: boolean) {
  return {
    is_cut: isCut,
    tags: tags.map(({ deviceId, metric, variable: { dataType, unitName, ...variable } }) => ({
      device_id: deviceId,
      metric,
      ...variable,
      data_type: dataType,
      unit_name: unitName,
    })),
    metrics_by_device: proposedLimits(tags),
  };
}
