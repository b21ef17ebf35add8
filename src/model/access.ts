import type { EpochMs } from "./basics.ts";

/** viewer reads; operator handles alarms and orders; engineer edits devices, rules, knowledge; admin users, keys, audit. */
export type Role = "viewer" | "operator" | "engineer" | "admin" | "ingest";

export const roles: readonly Role[] = ["viewer", "operator", "engineer", "admin", "ingest"];

/** Who asks: a user, an API key, or the system itself. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly kind: "user" | "key" | "system";
  /** Ingest keys may be bound to devices; null: all. */
  readonly deviceIds: readonly string[] | null;
  /** Object scope; null: all. */
  readonly factoryId: string | null;
  readonly lineId: string | null;
}

export interface User {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly factoryId: string | null;
  readonly lineId: string | null;
  readonly disabled: boolean;
  /** Raised at logout and password change: older tokens stop working. */
  readonly tokenGeneration: number;
  readonly failedLogins: number;
  readonly lockedUntil: EpochMs | null;
  readonly createdAt: EpochMs;
}

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  /** First characters of the key, to recognise it in a list. */
  readonly prefix: string;
  /** SHA-256 of the whole key, hex. */
  readonly keyHash: string;
  readonly deviceIds: readonly string[] | null;
  readonly factoryId: string | null;
  readonly lineId: string | null;
  readonly expiresAt: EpochMs | null;
  readonly revokedAt: EpochMs | null;
  readonly lastUsedAt: EpochMs | null;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
}
