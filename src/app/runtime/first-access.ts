import { randomBytes } from "node:crypto";
import type { Principal } from "../../model/access.ts";
import type { Access } from "../../present/access/access.ts";

/** IAI itself, where no person and no key acts. */
export const systemPrincipal: Principal = {
  id: "system",
  name: "system",
  role: "admin",
  kind: "system",
  deviceIds: null,
  factoryId: null,
  lineId: null,
};

/** One-time link for the first administrator; null when somebody can sign in already. */
export async function setupLinkOf(access: Access, base: string): Promise<string | null> {
  if (!(await access.setup.needed())) return null;
  const token = await access.setup.issueLink();
  // Behind the hash: it reaches no server log.
  return `${base}/setup#${token}`;
}

/** A user and a key with random secrets, made for one run. */
export async function createDemoAccess(
  access: Access,
): Promise<{ readonly userName: string; readonly password: string; readonly key: string }> {
  const scope = { factoryId: null, lineId: null };
  const password = randomBytes(12).toString("base64url");
  await access.users.create({ name: "demo", role: "admin", password, ...scope }, systemPrincipal);
  const { key } = await access.keys.create(
    { name: "demo plant", role: "ingest", deviceIds: null, expiresAt: null, ...scope },
    systemPrincipal,
  );
  return { userName: "demo", password, key };
}
