import { randomBytes } from "node:crypto";
import type { Access } from "../../present/access/access.ts";
import { systemPrincipal } from "../../present/access/system-principal.ts";

const firstStart = systemPrincipal("first start");

/** A user and a key with random secrets, made for one run. */
export async function createDemoAccess(
  access: Access,
): Promise<{ readonly userName: string; readonly password: string; readonly key: string }> {
  const scope = { factoryId: null, lineId: null };
  const password = randomBytes(12).toString("base64url");
  await access.users.create({ name: "demo", role: "admin", password, ...scope }, firstStart);
  const { key } = await access.keys.create(
    { name: "demo plant", role: "ingest", deviceIds: null, expiresAt: null, ...scope },
    firstStart,
  );
  return { userName: "demo", password, key };
}
