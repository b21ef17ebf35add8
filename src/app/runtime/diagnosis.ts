import type { Log } from "../../kernel/log.ts";
import type { Severity } from "../../model/alarm.ts";
import type { DeviceId } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import { createDecisionAgent } from "../../pipeline/decide/decision-agent.ts";
import {
  createDecisionPolicy,
  type DecisionPolicy,
} from "../../pipeline/decide/decision-policy.ts";
import {
  createWorkOrderService,
  type WorkOrderService,
} from "../../pipeline/decide/work-order-service.ts";
import {
  type AskIai,
  createAskIai,
  defaultAskConfig,
} from "../../pipeline/diagnose/ask/ask-iai.ts";
import {
  createDiagnosticAgent,
  type DiagnosticAgent,
  type DiagnosticAgentConfig,
  defaultDiagnosticAgentConfig,
} from "../../pipeline/diagnose/diagnostic-agent.ts";
import {
  createKnowledgeBase,
  type KnowledgeBase,
} from "../../pipeline/diagnose/knowledge/knowledge-base.ts";
import { createLearning, type Learning } from "../../pipeline/diagnose/learning/learning.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";
import type { Config } from "../config/schema.ts";
import type { Place } from "./audience.ts";
import type { Foundation } from "./foundation.ts";

export interface DiagnosisDeps extends Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly telemetry: TelemetryStore;
  /** What the detectors know of a device. */
  readonly view: (deviceId: DeviceId) => Promise<DeviceView | null>;
  readonly publish: (event: LiveEvent) => void;
  readonly placeOf: (deviceId: DeviceId) => Place;
}

export interface Diagnosis {
  readonly agent: DiagnosticAgent;
  readonly orders: WorkOrderService;
  readonly knowledge: KnowledgeBase;
  readonly learning: Learning;
  readonly ask: AskIai;
}

/** The stations diagnose and decide, joined: the policy decides inside the transaction that stores the report. */
export async function openDiagnosis(deps: DiagnosisDeps): Promise<Diagnosis> {
  const { records, clock, ids, log, config, publish, placeOf } = deps;
  const timeZone = config.plant.timeZone;
  const knowledge = createKnowledgeBase({ records, clock, ids });
  await knowledge.seed();
  const learning = createLearning({ records, clock, ids, log });
  await learning.refresh();
  const orders = createWorkOrderService({
    records,
    clock,
    ids,
    log,
    timeZone,
    onChange: (order) => publish({ type: "order", order, ...placeOf(order.deviceId) }),
  });
  const agent = createDiagnosticAgent({
    records,
    clock,
    ids,
    log,
    knowledge,
    telemetry: deps.telemetry,
    languageModel: deps.languageModel,
    view: deps.view,
    causeWeights: learning.causeWeights,
    propose: config.agents.writes === "on" ? createDecisionAgent(deps.languageModel) : null,
    decide: createDecisionPolicy({ policy: policyOf(config), timeZone, clock, ids }),
    onChange: ({ alert, report, order }) => {
      const place = placeOf(alert.deviceId);
      publish({ type: "alert", alert, change: "diagnosed", ...place });
      if (report !== null) publish({ type: "report", report, ...place });
      if (order !== null) publish({ type: "order", order, ...place });
    },
    onStep: (alert, step) =>
      publish({ type: "step", traceId: alert.traceId, step, ...placeOf(alert.deviceId) }),
    onAddendum: (alert, report) => publish({ type: "report", report, ...placeOf(alert.deviceId) }),
    config: { ...defaultDiagnosticAgentConfig, ...agentOptions(config), timeZone },
  });
  return { agent, orders, knowledge, learning, ask: openAskIai(deps, { knowledge, learning }) };
}

function openAskIai(
  deps: DiagnosisDeps,
  { knowledge, learning }: Pick<Diagnosis, "knowledge" | "learning">,
): AskIai {
  const { records, clock, telemetry, languageModel, view, config } = deps;
  const { askMs, asksPerMinute, toolCalls } = config.agents;
  return createAskIai(
    {
      records,
      clock,
      telemetry,
      languageModel,
      view,
      knowledge,
      causeWeights: learning.causeWeights,
      timeoutMs: config.diagnose.evidenceTimeoutMs,
    },
    {
      ...defaultAskConfig,
      deadlineMs: askMs,
      perMinute: asksPerMinute,
      toolCallsMax: Math.min(toolCalls, defaultAskConfig.toolCallsMax),
      timeZone: config.plant.timeZone,
    },
  );
}

function agentOptions(config: Config): Partial<DiagnosticAgentConfig> {
  const { concurrency, leaseMs, evidenceTimeoutMs, attempts } = config.diagnose;
  const { waiting, latePlaces, diagnosisMs, decisionMs, hardStopMs, toolCalls, lateMs } =
    config.agents;
  return {
    concurrency,
    waitingForModel: waiting,
    latePlaces,
    leaseMs,
    evidenceTimeoutMs,
    maxAttempts: attempts,
    limits: { diagnosisMs, decisionMs, hardStopMs, toolCallsMax: toolCalls, lateMs },
  };
}

function policyOf(config: Config): DecisionPolicy {
  const row = (key: Lowercase<Severity>): DecisionPolicy[Severity] => {
    const { type, status } = config.decide[key];
    return type === "NONE" ? null : { type, status };
  };
  return { P0: row("p0"), P1: row("p1"), P2: row("p2"), P3: row("p3") };
}
