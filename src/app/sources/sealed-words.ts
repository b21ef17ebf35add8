import type { RecordStore } from "../../ports/record-store.ts";
import { openInstallKeys } from "../install-secret.ts";
import { createSecretSeal } from "./sealed-secrets.ts";
import { secretsOf } from "./stored-sources.ts";

/** The passwords of all added sources, for whoever has to keep them out of what leaves. */
export async function sealedWords(
  records: Pick<RecordStore, "read">,
  installSecretFile: string,
): Promise<readonly string[]> {
  const rows = await records.read((tx) => tx.list("source", {}));
  const sealed = rows.filter(({ secrets }) => secrets !== null);
  if (sealed.length === 0) return [];
  const seal = createSecretSeal((await openInstallKeys(installSecretFile)).sources);
  return sealed.flatMap((row) => {
    try {
      return Object.values(secretsOf(row, seal));
    } catch {
      // Sealed by another installation: what nobody here can open cannot leave from here.
      return [];
    }
  });
}
