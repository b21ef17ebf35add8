import { existsSync } from "node:fs";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { createAuditLog } from "../../../present/access/audit-log.ts";
import { dataDirAt } from "../../data-dir.ts";
import { openInstallKeys } from "../../install-secret.ts";
import { openRecordStore } from "../../registry.ts";
import { configOf, type SettingOptions } from "../settings.ts";

/** `iai verify-audit`: exit 1 and the number of the first row that is wrong or missing; also while IAI runs. */
export async function runVerifyAudit(options: SettingOptions): Promise<number> {
  const config = await configOf(options);
  const dir = dataDirAt(config.dataDir);
  if (!existsSync(dir.installSecret)) {
    const reason = `there is no "${dir.installSecret}", which its chain is keyed with`;
    throw new IaiError("NOT_FOUND", `Cannot verify the audit log: ${reason}`);
  }
  const keys = await openInstallKeys(dir.installSecret);
  const deps = { dir, clock: systemClock, log: silentLog };
  const records = await openRecordStore(config.recordStore, deps);
  try {
    const audit = createAuditLog({ records, clock: systemClock, key: keys.audit });
    const { ok, rows, firstBad } = await audit.verify();
    if (ok) console.log(`The audit log is whole: ${rows} rows.`);
    else
      console.log(
        `The audit log is NOT whole: row ${firstBad} is wrong or missing, the ${rows} before it are good.`,
      );
    return ok ? 0 : 1;
  } finally {
    await records.close();
  }
}
