import { mkdirSync } from "node:fs";
import { systemClock } from "../../kernel/clock.ts";
import { createIdSource } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import { type Access, createAccess } from "../../present/access/access.ts";
import { createAuditLog } from "../../present/access/audit-log.ts";
import { systemPrincipal } from "../../present/access/system-principal.ts";
import { dataDirAt } from "../data-dir.ts";
import { openInstallKeys } from "../install-secret.ts";
import { openRecordStore } from "../registry.ts";
import { configOf, type SettingOptions } from "./settings.ts";

/** Who may write to the records may do everything; the audit log says that it was the command line. */
export const commandLine = systemPrincipal("command line");

/** Does something to users or keys, whether IAI runs on their records or not. */
export async function withAccess<R>(
  settings: SettingOptions,
  work: (access: Access) => Promise<R>,
): Promise<R> {
  const config = await configOf(settings);
  const dir = dataDirAt(config.dataDir);
  mkdirSync(dir.root, { recursive: true, mode: 0o700 });
  const keys = await openInstallKeys(config.access.secretFile ?? dir.installSecret);
  const clock = systemClock;
  const records = await openRecordStore(config.recordStore, { dir, clock, log: silentLog });
  try {
    const audit = createAuditLog({ records, clock, key: keys.audit });
    const access = createAccess({
      records,
      audit,
      clock,
      ids: createIdSource(clock.now),
      log: silentLog,
      signingKey: keys.signing,
      // Nobody signs in here; the spans are those of the configuration's defaults.
      config: { tokenMs: 900_000, sessionMs: 43_200_000, lockAfter: 5 },
    });
    return await work(access);
  } finally {
    await records.close();
  }
}
