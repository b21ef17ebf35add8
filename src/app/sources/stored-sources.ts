import { IaiError } from "../../kernel/errors.ts";
import type { SourceRow } from "../../model/records.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { SourceAdapter } from "../../ports/source-adapter.ts";
import type { BackendDeps } from "../registry.ts";
import { openSource } from "../registry.ts";
import type { SecretSeal, Secrets } from "./sealed-secrets.ts";
import { configOfDraft, placeFiles, variablesOf } from "./source-draft.ts";
import type { WantedSource } from "./source-slot.ts";

/** Sources that one IAI keeps at most. */
export const STORED_MAX = 500;

export interface StoredDeps extends BackendDeps {
  readonly seal: SecretSeal;
  /** Folder of the files that stored sources may name. */
  readonly filesFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** All of them by name. */
export async function readStored(
  records: Pick<RecordStore, "read">,
): Promise<readonly SourceRow[]> {
  return await records.read((tx) => tx.list("source", { orderBy: [["name", "asc"]] }));
}

export async function getStored(
  records: Pick<RecordStore, "read">,
  name: string,
): Promise<SourceRow> {
  const row = await records.read((tx) => tx.find("source", { name }));
  if (row === null) throw new IaiError("NOT_FOUND", `Cannot find the source "${name}"`);
  return row;
}

export function secretsOf({ name, secrets }: SourceRow, seal: SecretSeal): Secrets {
  return secrets === null ? {} : seal.open(name, secrets);
}

/** A stored source as it should run: it is read, checked and opened each time it is tried. */
export function wantedOf(row: SourceRow, deps: StoredDeps): WantedSource {
  const { name, kind, enabled, revision, updatedAt } = row;
  return {
    ...{ name, kind, enabled },
    origin: "stored",
    // Removed and added again under the same name it counts from 1 anew.
    revision: `${revision}@${updatedAt}`,
    open: () => openDraft(row, { ...deps, secrets: () => secretsOf(row, deps.seal) }),
  };
}

/** Opens what a draft describes; `isPreview`: it must leave no trace at its peer. */
export async function openDraft(
  draft: { readonly name: string; readonly kind: string; readonly options: SourceRow["options"] },
  deps: Omit<StoredDeps, "seal"> & {
    readonly secrets: () => Secrets;
    readonly isPreview?: boolean;
  },
): Promise<SourceAdapter> {
  const { dir, clock, log, filesFolder, environment, isPreview = false } = deps;
  const secrets = deps.secrets();
  const config = placeFiles(configOfDraft(draft, Object.keys(secrets)), filesFolder);
  const variable = variablesOf(secrets, environment);
  const { adapter } = await openSource(config, { dir, clock, log, variable, isPreview });
  return adapter;
}
