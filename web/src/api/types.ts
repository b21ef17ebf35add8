import type { z } from "zod";
import type {
  apiKeyCreatedOut,
  apiKeyOut,
  principalOut,
  sessionOut,
  userOut,
} from "../../../src/wire/access.ts";
import type { AlertOut, alarmConditionOut, alertWhyOut } from "../../../src/wire/alert.ts";
import type { backtestIn, backtestOut } from "../../../src/wire/backtest.ts";
import type {
  DeviceIn,
  DeviceOut,
  DevicePatchIn,
  metricSpecOut,
} from "../../../src/wire/device.ts";
import type { baselineOut, DeviceStatusOut } from "../../../src/wire/device-status.ts";
import type { DeviceTemplateOut } from "../../../src/wire/device-template.ts";
import type { forecastOut, reliabilityOut } from "../../../src/wire/forecast.ts";
import type { commentOut, ExplanationOut, historyOut } from "../../../src/wire/history.ts";
import type {
  knowledgeIn,
  knowledgeOut,
  knowledgePutIn,
  knowledgeVersionOut,
} from "../../../src/wire/kb.ts";
import type { KnowledgeImportOut } from "../../../src/wire/kb-table.ts";
import type { LearningOut } from "../../../src/wire/learning.ts";
import type { LiveEventType, liveEventOut } from "../../../src/wire/live.ts";
import type {
  auditOut,
  deliveryOut,
  quarantineOut,
  SystemStatusOut,
  summaryOut,
} from "../../../src/wire/operations.ts";
import type { AnswerOut, questionIn } from "../../../src/wire/question.ts";
import type { ReadingOut } from "../../../src/wire/reading.ts";
import type {
  agentStepOut,
  evidenceOut,
  hypothesisOut,
  ReportOut,
} from "../../../src/wire/report.ts";
import type { ruleIn, ruleOut, ruleValidateOut } from "../../../src/wire/rule.ts";
import type {
  registerMapOut,
  SourceDetailOut,
  SourceImportOut,
  SourceOut,
  SourcePreviewOut,
  sourceIn,
} from "../../../src/wire/source.ts";
import type { aggregateOut, anomalyOut, windowOut } from "../../../src/wire/telemetry.ts";
import type {
  completeIn,
  WorkOrderOut,
  workOrderIn,
  workOrderPatchIn,
  workOrderStatisticsOut,
} from "../../../src/wire/work-order.ts";

/** The API's own schemas as types: the console has no second description of them. */
export type AgentStep = z.infer<typeof agentStepOut>;
export type Alert = AlertOut;
export type AlarmCondition = z.infer<typeof alarmConditionOut>;
export type AlertWhy = z.infer<typeof alertWhyOut>;
export type Aggregate = z.infer<typeof aggregateOut>;
export type Anomaly = z.infer<typeof anomalyOut>;
export type ApiKey = z.infer<typeof apiKeyOut>;
export type ApiKeyCreated = z.infer<typeof apiKeyCreatedOut>;
export type AuditEntry = z.infer<typeof auditOut>;
export type Baseline = z.infer<typeof baselineOut>;
export type DeviceTemplate = DeviceTemplateOut;
export type Source = SourceOut;
export type SourceDetail = SourceDetailOut;
export type SourceImport = SourceImportOut;
export type SourceInput = z.input<typeof sourceIn>;
export type SourcePreview = SourcePreviewOut;
export type RegisterMap = z.infer<typeof registerMapOut>;
export type Comment = z.infer<typeof commentOut>;
export type Delivery = z.infer<typeof deliveryOut>;
export type Device = DeviceOut;
export type DeviceInput = DeviceIn;
export type DevicePatch = DevicePatchIn;
export type DeviceStatus = DeviceStatusOut;
export type Evidence = z.infer<typeof evidenceOut>;
export type Explanation = ExplanationOut;
export type Forecast = z.infer<typeof forecastOut>;
export type Reliability = z.infer<typeof reliabilityOut>;
export type HistoryEntry = z.infer<typeof historyOut>;
export type Hypothesis = z.infer<typeof hypothesisOut>;
export type Knowledge = z.infer<typeof knowledgeOut>;
export type KnowledgeInput = z.input<typeof knowledgeIn>;
export type KnowledgePut = z.input<typeof knowledgePutIn>;
export type KnowledgeVersion = z.infer<typeof knowledgeVersionOut>;
export type KnowledgeImport = KnowledgeImportOut;
export type Learning = LearningOut;
export type MetricSpec = z.infer<typeof metricSpecOut>;
export type Answer = AnswerOut;
export type QuestionInput = z.input<typeof questionIn>;
export type Principal = z.infer<typeof principalOut>;
export type Quarantined = z.infer<typeof quarantineOut>;
export type Reading = ReadingOut;
export type Report = ReportOut;
export type Rule = z.infer<typeof ruleOut>;
export type BacktestInput = z.input<typeof backtestIn>;
export type Backtest = z.infer<typeof backtestOut>;
export type RuleInput = z.input<typeof ruleIn>;
export type RuleValidation = z.infer<typeof ruleValidateOut>;
export type Session = z.infer<typeof sessionOut>;
export type Summary = z.infer<typeof summaryOut>;
export type SystemStatus = SystemStatusOut;
export type TelemetryWindow = z.infer<typeof windowOut>;
export type User = z.infer<typeof userOut>;
export type WorkOrder = WorkOrderOut;
export type WorkOrderClosing = z.input<typeof completeIn>;
export type WorkOrderInput = z.input<typeof workOrderIn>;
export type WorkOrderPatch = z.input<typeof workOrderPatchIn>;
export type WorkOrderStatistics = z.infer<typeof workOrderStatisticsOut>;

/** One page of a list. */
export interface Page<T> {
  readonly items: T[];
  readonly next_cursor: string | null;
  readonly limit: number;
}

/** An event of the live stream with its data. */
export type LiveEvent = {
  [T in LiveEventType]: { readonly type: T; readonly data: z.infer<(typeof liveEventOut)[T]> };
}[LiveEventType];

/** What each line of a CSV would do, or did. */
export interface DeviceImport {
  readonly dry_run: boolean;
  readonly created: number;
  readonly updated: number;
  readonly refused: number;
  readonly rows: readonly {
    readonly row: number;
    readonly device_id: string | null;
    readonly action: "create" | "update" | "refuse";
    readonly errors: readonly {
      readonly field: string;
      readonly code: string;
      readonly detail: string;
    }[];
  }[];
}
