import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { Severity } from "../../model/alarm.ts";
import type { BacktestRequest, BacktestResult } from "../../model/backtest.ts";
import type { DeviceId, EpochMs, MetricName, Ms, TraceId } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { Device, DeviceInput, OperatingMode } from "../../model/device.ts";
import type { Prediction } from "../../model/prediction.ts";
import type { QuarantineRow } from "../../model/records.ts";
import type { RuleDefinition } from "../../model/rule.ts";
import type { WorkOrderService } from "../../pipeline/decide/work-order-service.ts";
import type { AgentCounters } from "../../pipeline/diagnose/agent/agent-counters.ts";
import type { AskIai } from "../../pipeline/diagnose/ask/ask-iai.ts";
import type { KnowledgeBase } from "../../pipeline/diagnose/knowledge/knowledge-base.ts";
import type { Learning } from "../../pipeline/diagnose/learning/learning.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { ReadingSink } from "../../ports/source-adapter.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { RuleContent } from "../../wire/rule.ts";
import type { Access } from "../access/access.ts";
import type { AuditLog } from "../access/audit-log.ts";
import type { LiveHub } from "../live/live-hub.ts";
import type { LanguageModelState } from "./language-model-metrics.ts";
import type { SourceService } from "./source-service.ts";

/** Who acts and why; every change of state carries it. */
export interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

export interface IngestCounters {
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly degraded: number;
  readonly byCode: Readonly<Record<string, number>>;
}

export interface IngestService extends ReadingSink {
  counters(): IngestCounters;
}

export interface DeviceService {
  find(deviceId: DeviceId): Device | null;
  list(): readonly Device[];
  put(
    input: DeviceInput,
    actor: string,
  ): Promise<{ readonly device: Device; readonly created: boolean }>;
  patch(deviceId: DeviceId, patch: Partial<DeviceInput>, actor: string): Promise<Device>;
  setMode(
    deviceId: DeviceId,
    mode: OperatingMode,
    by: { readonly actor: string; readonly source: string; readonly reason: string | null },
  ): Promise<Device>;
}

export interface AlertActions {
  acknowledge(traceId: TraceId, by: By): Promise<unknown>;
  shelve(
    traceId: TraceId,
    options: { readonly principal: Principal; readonly until: EpochMs; readonly reason: string },
  ): Promise<unknown>;
  unshelve(traceId: TraceId, by: By): Promise<unknown>;
  ignore(traceId: TraceId, by: By): Promise<unknown>;
  assign(traceId: TraceId, options: By & { readonly assignee: string | null }): Promise<unknown>;
  comment(traceId: TraceId, options: By & { readonly text: string }): Promise<unknown>;
  requestDiagnosis(traceId: TraceId, by: By): Promise<unknown>;
}

/** What the API asks of the work orders; lists are read from the records. */
export type WorkOrderActions = Omit<WorkOrderService, "get">;

export interface RuleActions {
  create(
    content: RuleContent & { readonly ruleId: string | null },
    by: By,
  ): Promise<RuleDefinition>;
  put(ruleId: string, content: RuleContent, by: By): Promise<RuleDefinition>;
  validate(
    text: string,
    deviceId: DeviceId | null,
  ): { readonly message: string; readonly column: number } | null;
}

/** What the API asks of the knowledge base; plain lists are read from the records. */
export type KnowledgeActions = Omit<KnowledgeBase, "seed" | "list">;

/** What the close-outs teach. */
export type LearningActions = Omit<Learning, "causeWeights" | "refresh">;

export interface QuarantineActions {
  get(quarantineId: string): Promise<QuarantineRow>;
  markReplayed(quarantineId: string): Promise<unknown>;
}

/** What a baseline or an outside detector tells the steps: one control event in the log each. */
export interface StepCommands {
  rebaseline(deviceId: DeviceId, by: By): Promise<void>;
  acceptBaseline(deviceId: DeviceId, by: By): Promise<void>;
  externalAnomaly(anomaly: {
    readonly deviceId: DeviceId;
    readonly source: string;
    readonly condition: string;
    readonly active: boolean;
    readonly score: number | null;
    readonly severity?: Severity;
    readonly contributions?: Readonly<Record<MetricName, number>>;
    readonly observedAt: EpochMs;
    readonly text: string;
  }): Promise<void>;
}

/** Who somebody is; the lists of users and keys are read from the records. */
export type AccessService = Omit<Access, "setup" | "keys" | "users"> & {
  readonly setup: Pick<Access["setup"], "needed" | "redeem">;
  readonly keys: Pick<Access["keys"], "create" | "revoke">;
  readonly users: Pick<Access["users"], "create" | "patch">;
};

export interface DependencyHealth {
  readonly ok: boolean;
  readonly since: EpochMs;
  readonly lastError: string | null;
}

export interface StationState {
  readonly name: string;
  readonly ratePerSecond: number | null;
  readonly lag: number | null;
  readonly behindMs: Ms | null;
  readonly state: "ok" | "slow" | "stuck";
  readonly detail: string | null;
}

/** How IAI itself stands. */
export interface SystemHealth {
  ready(): Promise<{
    readonly ready: boolean;
    readonly dependencies: Readonly<Record<string, DependencyHealth>>;
  }>;
  idle(): Promise<{ readonly idle: boolean; readonly lags: Readonly<Record<string, number>> }>;
  stations(): Promise<readonly StationState[]>;
  storage(): Promise<
    readonly {
      readonly name: string;
      readonly bytes: number | null;
      readonly freeBytes: number | null;
      readonly refusing: string | null;
    }[]
  >;
  /** null: none is configured. */
  languageModel(): LanguageModelState | null;
  readonly version: string;
  readonly profile: string;
  readonly startedAt: EpochMs;
}

/** Everything the API speaks to. Lists are read from `records`; changes go through the services. */
export interface ApiServices {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly records: Pick<RecordStore, "read">;
  readonly telemetry: Pick<TelemetryStore, "readings" | "aggregates" | "episodes">;
  readonly ingest: IngestService;
  readonly devices: DeviceService;
  /** Newest view of each device's detectors that this process has seen. */
  view(deviceId: DeviceId): Promise<DeviceView | null>;
  views(): ReadonlyMap<DeviceId, DeviceView>;
  readonly alerts: AlertActions;
  readonly orders: WorkOrderActions;
  readonly rules: RuleActions;
  /** A rule over the past; one at a time, nothing is stored. */
  readonly backtest: (request: BacktestRequest) => Promise<BacktestResult>;
  readonly knowledge: KnowledgeActions;
  readonly learning: LearningActions;
  readonly quarantine: QuarantineActions;
  readonly steps: StepCommands;
  readonly access: AccessService;
  readonly audit: Pick<AuditLog, "append">;
  readonly health: SystemHealth;
  readonly sources: SourceService;
  readonly live: LiveHub;
  /** Diagnoses of this process. */
  readonly agents: { counters(): AgentCounters };
  /** Answers questions of people from what they may see. */
  readonly ask: AskIai;
  /** null: none is possible, with the reason in words. */
  forecast(deviceId: DeviceId, horizonH: number): Promise<Prediction>;
}
