import { z } from "zod";
import type { ApiKey, Principal, User } from "../model/access.ts";
import {
  identifier,
  instantIn,
  instantOut,
  instantOutOrNull,
  text,
  toIso,
  toIsoOrNull,
} from "./basics.ts";

export const roleSchema = z.enum(["viewer", "operator", "engineer", "admin", "ingest"]);
const personRole = z.enum(["viewer", "operator", "engineer", "admin"]);
const password = text(1024);
const scopeIn = {
  factory_id: identifier.nullable().default(null),
  line_id: identifier.nullable().default(null),
};

export const userOut = z
  .object({
    user_id: z.string(),
    name: z.string(),
    role: roleSchema,
    factory_id: z.string().nullable(),
    line_id: z.string().nullable(),
    disabled: z.boolean(),
    locked_until: instantOutOrNull,
    created_at: instantOut,
  })
  .meta({ id: "User" });

/** A user without anything that proves who they are. */
export function userToWire(user: User): z.infer<typeof userOut> {
  return {
    user_id: user.userId,
    name: user.name,
    role: user.role,
    factory_id: user.factoryId,
    line_id: user.lineId,
    disabled: user.disabled,
    locked_until: toIsoOrNull(user.lockedUntil),
    created_at: toIso(user.createdAt),
  };
}

export const userIn = z
  .strictObject({ name: text(100).min(1), role: personRole, password, ...scopeIn })
  .meta({ id: "UserInput" });

export const userPatchIn = z
  .strictObject({
    role: personRole.optional(),
    password: password.optional(),
    disabled: z.boolean().optional(),
    factory_id: identifier.nullable().optional(),
    line_id: identifier.nullable().optional(),
  })
  .meta({ id: "UserPatch" });

export const apiKeyOut = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    prefix: z.string().describe("Its first characters, to recognise it"),
    device_ids: z.array(z.string()).nullable(),
    factory_id: z.string().nullable(),
    line_id: z.string().nullable(),
    expires_at: instantOutOrNull,
    revoked_at: instantOutOrNull,
    last_used_at: instantOutOrNull,
    created_at: instantOut,
    created_by: z.string(),
  })
  .meta({ id: "ApiKey" });

export function apiKeyToWire(key: ApiKey): z.infer<typeof apiKeyOut> {
  return {
    id: key.keyId,
    name: key.name,
    role: key.role,
    prefix: key.prefix,
    device_ids: key.deviceIds === null ? null : [...key.deviceIds],
    factory_id: key.factoryId,
    line_id: key.lineId,
    expires_at: toIsoOrNull(key.expiresAt),
    revoked_at: toIsoOrNull(key.revokedAt),
    last_used_at: toIsoOrNull(key.lastUsedAt),
    created_at: toIso(key.createdAt),
    created_by: key.createdBy,
  };
}

export const apiKeyIn = z
  .strictObject({
    name: text(100).min(1),
    role: roleSchema,
    device_ids: z.array(identifier).max(10_000).nullable().default(null),
    ...scopeIn,
    expires_at: instantIn.nullable().default(null),
  })
  .meta({ id: "ApiKeyInput" });

/** The only answer that holds a key. */
export const apiKeyCreatedOut = z
  .object({
    id: z.string(),
    key: z.string().describe("Shown once"),
    role: roleSchema,
    name: z.string(),
  })
  .meta({ id: "ApiKeyCreated" });

export const principalOut = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    kind: z.enum(["user", "key", "system"]),
    device_ids: z.array(z.string()).nullable(),
    factory_id: z.string().nullable(),
    line_id: z.string().nullable(),
  })
  .meta({ id: "Principal" });

export function principalToWire(principal: Principal): z.infer<typeof principalOut> {
  return {
    id: principal.id,
    name: principal.name,
    role: principal.role,
    kind: principal.kind,
    device_ids: principal.deviceIds === null ? null : [...principal.deviceIds],
    factory_id: principal.factoryId,
    line_id: principal.lineId,
  };
}

export const loginIn = z.strictObject({ name: text(100).min(1), password }).meta({ id: "Login" });

/** A short-lived token; the refresh token travels in a cookie only. */
export const sessionOut = z
  .object({
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_at: instantOut,
    user: principalOut,
  })
  .meta({ id: "Session" });

/** Body of `POST /setup`: redeems the one-time link of the first start. */
export const setupIn = z
  .strictObject({ token: text(200), name: text(100).min(1), password })
  .meta({ id: "Setup" });

export const setupStateOut = z.object({ needed: z.boolean() }).meta({ id: "SetupState" });
