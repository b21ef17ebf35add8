import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { ApiKey, Principal, Role } from "../../model/access.ts";
import { type EpochMs, isIdentifier, MINUTE, SECOND } from "../../model/basics.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { AuditLog } from "./audit-log.ts";
import { createFreshMap } from "./fresh-map.ts";
import { hashSecret, looksLikeKey, mintKey, visiblePrefix } from "./key-format.ts";

export interface ApiKeyInput {
  readonly name: string;
  readonly role: Role;
  /** null: all devices. */
  readonly deviceIds: readonly string[] | null;
  readonly factoryId: string | null;
  readonly lineId: string | null;
  /** null: until it is revoked. */
  readonly expiresAt: EpochMs | null;
}

/**
 * Keys for programs. A key is told once and kept as a hash; one that another process made counts at the next
 * request, one that was revoked there stops within two seconds.
 */
export interface ApiKeys {
  create(
    input: ApiKeyInput,
    by: Principal,
  ): Promise<{ readonly apiKey: ApiKey; readonly key: string }>;
  /** NOT_FOUND for an unknown id; revoking twice changes nothing. */
  revoke(keyId: string, by: Principal): Promise<void>;
  list(): Promise<readonly ApiKey[]>;
  /** null: not a valid key. */
  authenticate(key: string): Promise<Principal | null>;
}

export interface ApiKeysDeps {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
}

const FRESH_MS = 2 * SECOND;
const KNOWN_MAX = 10_000;
/** `lastUsedAt` is for people: written at most this often, so that reading costs no write. */
const TOUCH_MS = MINUTE;

export function createApiKeys(deps: ApiKeysDeps): ApiKeys {
  const { records, audit, clock, ids } = deps;
  const known = createFreshMap<ApiKey>({ clock, freshMs: FRESH_MS, entriesMax: KNOWN_MAX });
  const touch = createTouch(deps);
  return {
    create: async (input, by) => {
      const name = checkInput(input, clock.now());
      const key = mintKey(input.role, ids);
      const apiKey: ApiKey = {
        keyId: ids.next(),
        name,
        role: input.role,
        prefix: visiblePrefix(key),
        keyHash: hashSecret(key),
        deviceIds: input.deviceIds,
        factoryId: input.factoryId,
        lineId: input.lineId,
        expiresAt: input.expiresAt,
        revokedAt: null,
        lastUsedAt: null,
        createdAt: clock.now(),
        createdBy: by.name,
      };
      await records.transaction(async (tx) => {
        await tx.insert("api_key", apiKey);
        const { keyHash: _, ...detail } = apiKey;
        await audit.stage(tx, entryBy(by, "key.create", apiKey.keyId, detail));
      });
      return { apiKey, key };
    },
    revoke: async (keyId, by) => {
      const keyHash = await records.transaction(async (tx) => {
        const row = await tx.find("api_key", { keyId });
        if (row === null)
          throw new IaiError("NOT_FOUND", `Cannot revoke the key "${keyId}": there is none`);
        const open = { keyId, revokedAt: null };
        const changed = await tx.update("api_key", open, { revokedAt: clock.now() });
        if (changed > 0)
          await audit.stage(tx, entryBy(by, "key.revoke", keyId, { name: row.name }));
        return row.keyHash;
      });
      known.forget(keyHash);
    },
    list: () => records.read((tx) => tx.list("api_key", { orderBy: [["createdAt", "desc"]] })),
    authenticate: async (key) => {
      if (!looksLikeKey(key)) return null;
      const keyHash = hashSecret(key);
      const apiKey = await known.get(keyHash, () =>
        records.read((tx) => tx.find("api_key", { keyHash })),
      );
      if (apiKey === null || !isValid(apiKey, clock.now())) return null;
      touch(apiKey);
      return principalOfKey(apiKey);
    },
  };
}

function isValid({ revokedAt, expiresAt }: ApiKey, now: EpochMs): boolean {
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

function principalOfKey(apiKey: ApiKey): Principal {
  const { keyId, name, role, deviceIds, factoryId, lineId } = apiKey;
  return { id: keyId, name, role, kind: "key", deviceIds, factoryId, lineId };
}

/** Notes the use of a key beside the request, which never waits for it nor fails with it. */
function createTouch({ records, clock, log }: ApiKeysDeps): (apiKey: ApiKey) => void {
  const touched = new Map<string, EpochMs>();
  return ({ keyId, lastUsedAt }) => {
    const now = clock.now();
    if (now - (touched.get(keyId) ?? lastUsedAt ?? 0) < TOUCH_MS) return;
    if (touched.size >= KNOWN_MAX) touched.clear();
    touched.set(keyId, now);
    const patch = { lastUsedAt: now };
    void records
      .transaction((tx) => tx.update("api_key", { keyId }, patch), { durability: "log" })
      .catch((failure: unknown) => {
        log.warn("access.key.touch.failed", { keyId, error: String(failure) });
      });
  };
}

function checkInput(input: ApiKeyInput, now: EpochMs): string {
  const name = input.name.trim();
  const refuse = (reason: string): IaiError =>
    new IaiError("INVALID_REQUEST", `Cannot create the key: ${reason}, nothing was stored`);
  if (name.length < 1 || name.length > 100) throw refuse("`name` must have 1 to 100 characters");
  if (input.expiresAt !== null && input.expiresAt <= now) throw refuse("it would have expired");
  const wrong = input.deviceIds?.find((id) => !isIdentifier(id));
  if (wrong !== undefined) throw refuse(`"${wrong}" is no device id`);
  if (input.deviceIds?.length === 0) throw refuse("`device_ids` is empty: it could do nothing");
  return name;
}

/** An audit entry of a change that a principal made to a key or a user. */
export function entryBy(
  by: Principal,
  action: string,
  subject: string,
  detail: Readonly<Record<string, unknown>>,
) {
  const origin = by.kind === "system" ? by.id : by.kind;
  return { actor: by.name, origin, action, subject, result: "ok", detail } as const;
}
