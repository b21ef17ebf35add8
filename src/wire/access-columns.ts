/** How users, keys and one-time links lie in SQL; part of the record catalogue. */
export const userColumns = {
  userId: "text",
  name: "text",
  role: "text",
  passwordHash: "text",
  factoryId: "text",
  lineId: "text",
  disabled: "boolean",
  tokenGeneration: "integer",
  failedLogins: "integer",
  lockedUntil: "instant",
  createdAt: "instant",
} as const;

export const apiKeyColumns = {
  keyId: "text",
  name: "text",
  role: "text",
  prefix: "text",
  keyHash: "text",
  deviceIds: "json",
  factoryId: "text",
  lineId: "text",
  expiresAt: "instant",
  revokedAt: "instant",
  lastUsedAt: "instant",
  createdAt: "instant",
  createdBy: "text",
} as const;

export const oneTimeColumns = {
  tokenHash: "text",
  purpose: "text",
  role: "text",
  expiresAt: "instant",
  usedAt: "instant",
} as const;
