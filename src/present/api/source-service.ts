import type { EpochMs, Ms } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeviceSkew, TagTrouble } from "../../pipeline/ingest/source-diary.ts";
import type { SourceCounters } from "../../pipeline/ingest/source-intake.ts";
import type { SourceState } from "../../ports/source-adapter.ts";
import type { By } from "./services.ts";

/** A source of readings, and what came through it since it was started last. */
export interface SourceStatus {
  readonly name: string;
  readonly kind: string;
  /** `configuration`: from the configuration file, and changed only there. */
  readonly origin: "configuration" | "stored";
  readonly enabled: boolean;
  /** null: it runs in another process, and none told of it lately. */
  readonly state: SourceState | null;
  /** Why nothing is taken from it at the moment; null: it is. */
  readonly waitingFor: string | null;
  readonly counters: SourceCounters;
  readonly ratePerSecond: number | null;
  /** Largest first. */
  readonly skews: readonly DeviceSkew[];
  /** Newest first. */
  readonly troubles: readonly TagTrouble[];
}

/** A source with how it was set up. */
export interface SourceDetail extends SourceStatus {
  /** Without secrets. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of the secrets that are kept. */
  readonly secrets: readonly string[];
  /** null: from the configuration file. */
  readonly revision: number | null;
  readonly updatedAt: EpochMs | null;
  readonly updatedBy: string | null;
}

/** A source as somebody wants it, not yet checked. */
export interface SourceDraft {
  readonly name: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** By name; what is not here stays as it is. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface SourcePatch {
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Refused when the source has another revision by now. */
  readonly revision?: number | undefined;
}

/** One reading of a preview, judged as ingest would. */
export interface PreviewedReading {
  readonly reading: Reading;
  readonly timeFrom: "device" | "arrival";
  readonly registered: boolean;
  /** Unit that a metric is kept in. */
  readonly unitOf: (metric: string) => string;
}

export interface SourcePreview {
  readonly state: SourceState;
  readonly lastedMs: Ms;
  readonly readings: number;
  /** Newest reading of each tag. */
  readonly tags: readonly (PreviewedReading & {
    readonly metric: string;
    readonly count: number;
  })[];
  readonly refused: readonly {
    readonly source: string;
    readonly code: string;
    readonly detail: string;
    readonly count: number;
  }[];
  readonly skewMs: Ms | null;
  /** What it cannot show. */
  readonly note: string | null;
}

export interface ImportedSource {
  readonly name: string | null;
  readonly action: "create" | "update" | "refuse";
  readonly code: string | null;
  readonly detail: string | null;
}

export interface RegisterMapTable {
  /** null: a row has an error. */
  readonly map: Readonly<Record<string, unknown>> | null;
  readonly rows: number;
  readonly errors: readonly {
    readonly row: number;
    readonly column: string | null;
    readonly detail: string;
  }[];
}

/**
 * Sources of readings, also while they run. What is changed here is stored first and takes effect within 1.5 s in
 * the process that takes readings; a source of the configuration file is shown and never changed.
 */
export interface SourceService {
  list(): Promise<readonly SourceStatus[]>;
  get(name: string): Promise<SourceDetail>;
  create(draft: SourceDraft & { readonly enabled: boolean }, by: By): Promise<SourceDetail>;
  patch(name: string, patch: SourcePatch, by: By): Promise<SourceDetail>;
  setEnabled(name: string, enabled: boolean, by: By): Promise<SourceDetail>;
  remove(name: string, by: By): Promise<void>;
  /** Opens the source for a while and stores nothing of what it brings. */
  preview(
    draft: SourceDraft & { readonly secretsOf: string | null },
    options: { readonly durationMs: Ms; readonly signal: AbortSignal },
  ): Promise<SourcePreview>;
  exportYaml(): Promise<string>;
  importYaml(
    yaml: string,
    options: { readonly dryRun: boolean; readonly by: By },
  ): Promise<readonly ImportedSource[]>;
  /** The Modbus register map in a table; what is wrong is told row by row. */
  readRegisterMap(csv: string): RegisterMapTable;
}
