import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { ApiKey, Role } from "../../../model/access.ts";
import { DAY, type EpochMs } from "../../../model/basics.ts";
import { apiKeyToWire } from "../../../wire/access.ts";
import { commandLine, withAccess } from "../open-access.ts";
import type { SettingOptions } from "../settings.ts";
import { formatTable } from "../table.ts";

export interface KeyCreateOptions extends SettingOptions {
  readonly name: string;
  readonly role: Role;
  readonly device?: readonly string[];
  readonly expiresInDays?: string;
  readonly json?: boolean;
}

/** `iai key create`: prints the key once; with `--json` nothing but `{id, key, role}`. */
export async function runKeyCreate(options: KeyCreateOptions): Promise<number> {
  const { name, role, device } = options;
  const expiresAt = expiryOf(options.expiresInDays);
  const input = { name, role, deviceIds: device ?? null, factoryId: null, lineId: null, expiresAt };
  const { apiKey, key } = await withAccess(options, (access) =>
    access.keys.create(input, commandLine),
  );
  if (options.json === true) {
    console.log(JSON.stringify({ id: apiKey.keyId, key, role: apiKey.role }));
    return 0;
  }
  console.log(`Key "${apiKey.name}" (${apiKey.role}), id ${apiKey.keyId}:`);
  console.log(`  ${key}`);
  console.log("It is shown this once. Send it as `Authorization: Bearer <key>`.");
  return 0;
}

/** `iai key list`: the keys by name and state, never the keys themselves. */
export async function runKeyList(
  options: SettingOptions & {
    readonly json?: boolean;
  },
): Promise<number> {
  const keys = await withAccess(options, (access) => access.keys.list());
  if (options.json === true) {
    console.log(JSON.stringify(keys.map(apiKeyToWire)));
    return 0;
  }
  if (keys.length === 0) {
    console.log("There is no key. Make one with `./iai key create --name gateway --role ingest`.");
    return 0;
  }
  const head = ["ID", "NAME", "ROLE", "BEGINS WITH", "DEVICES", "LAST USED", "STATE"];
  console.log(formatTable([head, ...keys.map(describeKey)]));
  return 0;
}

/** `iai key revoke`: a running IAI refuses the key within two seconds. */
export async function runKeyRevoke(
  options: SettingOptions & {
    readonly id: string;
  },
): Promise<number> {
  await withAccess(options, (access) => access.keys.revoke(options.id, commandLine));
  console.log(`Key ${options.id} is revoked.`);
  return 0;
}

function expiryOf(days: string | undefined): EpochMs | null {
  if (days === undefined) return null;
  const span = Number(days);
  if (!Number.isFinite(span) || span <= 0 || span > 36_500) {
    throw new IaiError(
      "USAGE",
      `Cannot create the key: --expires-in-days must be above 0, got "${days}"`,
    );
  }
  return systemClock.now() + Math.round(span * DAY);
}

function describeKey(key: ApiKey): readonly string[] {
  const when = (at: EpochMs | null): string => (at === null ? "never" : new Date(at).toISOString());
  const devices = key.deviceIds === null ? "all" : key.deviceIds.join(" ");
  return [
    key.keyId,
    key.name,
    key.role,
    `${key.prefix}…`,
    devices,
    when(key.lastUsedAt),
    stateOf(key),
  ];
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return "revoked";
  if (expiresAt === null) return "valid";
  const date = new Date(expiresAt).toISOString();
  return expiresAt <= systemClock.now() ? `expired ${date}` : `valid until ${date}`;
}
