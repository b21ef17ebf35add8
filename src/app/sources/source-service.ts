import { readRegisterTable } from "../../backends/source-adapter/modbus/register-table.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createTurns } from "../../kernel/turns.ts";
import type { SourceRow } from "../../model/records.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { By } from "../../present/api/services.ts";
import type {
  SourceDetail,
  SourceDraft,
  SourceService,
  SourceStatus,
} from "../../present/api/source-service.ts";
import { withoutSecrets } from "../config/secrets.ts";
import type { SourceConfig } from "../config/source-schema.ts";
import type { Secrets } from "./sealed-secrets.ts";
import { configOfDraft, invalid, isSamePeer } from "./source-draft.ts";
import { type PreviewDeps, previewSource } from "./source-preview.ts";
import { readSourcesYaml, writeSourcesYaml } from "./source-yaml.ts";
import {
  getStored,
  openDraft,
  readStored,
  STORED_MAX,
  type StoredDeps,
  secretsOf,
} from "./stored-sources.ts";

export interface SourceServiceDeps extends StoredDeps, Omit<PreviewDeps, "clock"> {
  readonly records: RecordStore;
  /** Those of the configuration file. */
  readonly configured: readonly SourceConfig[];
  /** How the sources stand, wherever they run. */
  readonly statuses: () => Promise<readonly SourceStatus[]>;
  /** Something was stored. */
  readonly wake: () => void;
}

/** Previews at the same time; each holds a connection to the field. */
const PREVIEWS = 2;

type Options = SourceRow["options"];

export function createSourceService(deps: SourceServiceDeps): SourceService {
  const { records, clock, configured } = deps;
  const previews = createTurns({ places: PREVIEWS, waitingMax: 4, action: "preview a source" });
  const detail = (name: string): Promise<SourceDetail> => detailOf(deps, name);

  const change = async (
    name: string,
    by: By,
    patchOf: (row: SourceRow) => Partial<SourceRow>,
  ): Promise<SourceDetail> => {
    requireStored(name, configured);
    const row = await getStored(records, name);
    const patch = { ...patchOf(row), updatedBy: by.principal.name, updatedAt: clock.now() };
    const { revision } = row;
    const changed = await records.transaction((tx) =>
      tx.update("source", { name, revision }, { ...patch, revision: revision + 1 }),
    );
    if (changed === 0) throw outdated(name);
    deps.wake();
    return await detail(name);
  };

  const create: SourceService["create"] = async (draft, by) => {
    requireFree(draft.name, configured);
    configOfDraft(draft, Object.keys(draft.secrets));
    const row = newRow(draft, { by, deps });
    await records.transaction(async (tx) => {
      if ((await tx.count("source", {})) >= STORED_MAX)
        throw new IaiError("STATE_REFUSED", `Cannot keep more than ${STORED_MAX} sources`);
      if (!(await tx.insert("source", row))) throw taken(draft.name);
    });
    deps.wake();
    return await detail(draft.name);
  };

  const patch: SourceService["patch"] = async (name, wanted, by) =>
    change(name, by, (row) => {
      if (wanted.revision !== undefined && wanted.revision !== row.revision) throw outdated(name);
      const options = wanted.options ?? row.options;
      const secrets = mergedSecrets(row, { options, given: wanted.secrets ?? {}, deps });
      configOfDraft({ name, kind: row.kind, options }, Object.keys(secrets));
      return { options, secrets: sealed(name, secrets, deps) };
    });

  return {
    list: deps.statuses,
    get: detail,
    create,
    patch,
    setEnabled: (name, enabled, by) => change(name, by, () => ({ enabled })),
    remove: async (name) => {
      requireStored(name, configured);
      const removed = await records.transaction((tx) => tx.remove("source", { name }));
      if (removed === 0) throw new IaiError("NOT_FOUND", `Cannot find the source "${name}"`);
      deps.wake();
    },
    preview: (draft, limits) => previews.use(async () => await previewOf(draft, { deps, limits })),
    exportYaml: async () => writeSourcesYaml(await readStored(records)),
    importYaml: (yaml, { dryRun, by }) =>
      readSourcesYaml(yaml, async (draft) => {
        const existing = await records.read((tx) => tx.find("source", { name: draft.name }));
        checkImport(draft, existing, deps);
        if (existing === null && !dryRun)
          await create({ ...draft, secrets: {}, enabled: true }, by);
        if (existing !== null && !dryRun) await patch(draft.name, { options: draft.options }, by);
        return existing === null ? "create" : "update";
      }),
    readRegisterMap: readRegisterTable,
  };
}

/** Everything that a write would be refused for. */
function checkImport(
  draft: Omit<SourceDraft, "secrets">,
  existing: SourceRow | null,
  deps: SourceServiceDeps,
): void {
  requireFree(draft.name, deps.configured);
  if (existing === null) return void configOfDraft(draft, []);
  if (existing.kind !== draft.kind) throw taken(draft.name);
  const secrets = mergedSecrets(existing, { options: draft.options, given: {}, deps });
  configOfDraft(draft, Object.keys(secrets));
}

function newRow(
  draft: SourceDraft & { readonly enabled: boolean },
  { by, deps }: { readonly by: By; readonly deps: SourceServiceDeps },
): SourceRow {
  const { name, kind, enabled, options, secrets } = draft;
  const at = deps.clock.now();
  const actor = by.principal.name;
  return {
    ...{ name, kind, enabled, options },
    secrets: sealed(name, secrets, deps),
    revision: 1,
    ...{ createdAt: at, createdBy: actor, updatedAt: at, updatedBy: actor },
  };
}

/** Kept secrets go with the address they were given for: else a new address would be told the old one's password. */
function mergedSecrets(
  row: SourceRow,
  {
    options,
    given,
    deps,
  }: { readonly options: Options; readonly given: Secrets; readonly deps: SourceServiceDeps },
): Secrets {
  if (row.secrets === null) return given;
  if (isSamePeer(row.options, options)) return { ...secretsOf(row, deps.seal), ...given };
  const missing = Object.keys(secretsOf(row, deps.seal)).filter((name) => !(name in given));
  if (missing.length === 0) return given;
  const detail = "must be given again where the address, the user or TLS changes";
  throw invalid(missing.map((name) => ({ field: `secrets.${name}`, detail })));
}

function sealed(name: string, secrets: Secrets, { seal }: SourceServiceDeps): string | null {
  return Object.keys(secrets).length === 0 ? null : seal.seal(name, secrets);
}

async function previewOf(
  draft: Parameters<SourceService["preview"]>[0],
  {
    deps,
    limits,
  }: {
    readonly deps: SourceServiceDeps;
    readonly limits: Parameters<SourceService["preview"]>[1];
  },
): ReturnType<SourceService["preview"]> {
  const { secretsOf: from, options } = draft;
  const kept = from === null ? null : await getStored(deps.records, from);
  const secrets =
    kept === null ? draft.secrets : mergedSecrets(kept, { options, given: draft.secrets, deps });
  const { kind } = configOfDraft(draft, Object.keys(secrets));
  if (kind === "mqtt-broker") {
    const message = `Cannot preview "${kind}": it would take messages and not keep them; add it, then let a device send`;
    throw new IaiError("UNSUPPORTED", message);
  }
  const opening = { ...deps, secrets: () => secrets, isPreview: true };
  const preview = await previewSource(() => openDraft(draft, opening), deps, limits);
  const note = kind === "mqtt" ? "only what is sent meanwhile, and what the broker retains" : null;
  return { ...preview, note };
}

async function detailOf(
  { records, statuses, configured, seal }: SourceServiceDeps,
  name: string,
): Promise<SourceDetail> {
  const status = (await statuses()).find((each) => each.name === name);
  const config = configured.find((each) => each.name === name);
  if (status === undefined) throw new IaiError("NOT_FOUND", `Cannot find the source "${name}"`);
  if (config !== undefined) {
    const { name: _, kind: __, ...options } = config;
    const shown = withoutSecrets(options) as Options;
    return {
      ...status,
      options: shown,
      secrets: [],
      revision: null,
      updatedAt: null,
      updatedBy: null,
    };
  }
  const row = await getStored(records, name);
  const { options, revision, updatedAt, updatedBy } = row;
  const secrets = namesOfSecrets(row, seal);
  return {
    ...status,
    options: withoutSecrets(options) as Options,
    secrets,
    revision,
    updatedAt,
    updatedBy,
  };
}

/** Also where the seal does not open: then the names are not known, and that there are some is. */
function namesOfSecrets(row: SourceRow, seal: StoredDeps["seal"]): readonly string[] {
  try {
    return Object.keys(secretsOf(row, seal));
  } catch {
    return ["?"];
  }
}

function requireStored(name: string, configured: readonly SourceConfig[]): void {
  if (!configured.some((each) => each.name === name)) return;
  const message = `Cannot change "${name}": it stands in the configuration file, and is changed there; nothing was done`;
  throw new IaiError("STATE_REFUSED", message);
}

function requireFree(name: string, configured: readonly SourceConfig[]): void {
  if (configured.some((each) => each.name === name)) throw taken(name);
}

function taken(name: string): IaiError {
  const message = `Cannot add the source "${name}": there is one of this name already; nothing was changed`;
  return new IaiError("CONFLICT", message);
}

function outdated(name: string): IaiError {
  const message = `Cannot change "${name}": somebody changed it meanwhile; nothing was done, read it again`;
  return new IaiError("CONFLICT", message);
}
