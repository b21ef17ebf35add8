import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/kernel/clock.ts";
import { defaultDiagnosticAgentConfig } from "../../src/pipeline/diagnose/diagnostic-agent.ts";
import { aLanguageModel } from "../fixtures/a-language-model.ts";
import { behaviourNames } from "../glm-simulator/behaviours.ts";
import type { ChatRequest, Turn } from "../glm-simulator/chat-dialect.ts";
import { type GlmSimulator, openGlmSimulator } from "../glm-simulator/glm-simulator.ts";
import { agentPlant } from "./agent-plant.ts";

const ALERTS = 20;
/** The product's times, divided by four: the same proportions in less of the reader's time. */
const shortened = {
  diagnosisMs: 4_000,
  decisionMs: 2_000,
  hardStopMs: 7_000,
  toolCallsMax: 8,
  lateMs: 0,
};
/** What a loaded test machine may add to a real clock. */
const SLACK_MS = 1_500;

/** What a good model says of the test pump, over the wire. */
function goodTurn(request: ChatRequest): Turn {
  const user = request.messages.find(({ role }) => role === "user")?.content ?? "{}";
  const told = JSON.parse(user) as { facts: { id: string }[]; rules?: object };
  if (told.rules === undefined) {
    const intent = { order_type: "PLANNED", priority: "P1", actions: [], citations: ["E1"] };
    return { content: JSON.stringify(intent) };
  }
  const asked = request.messages.some(({ role }) => role === "tool");
  if (!asked && request.tools !== undefined) {
    return { content: "", calls: [{ name: "get_work_orders", arguments: "{}" }] };
  }
  return {
    content: JSON.stringify({
      fault_category: "imbalance",
      severity: "HIGH",
      hypotheses: [{ category: "imbalance", kb_ids: [], for: ["E1"], against: [] }],
      diagnosis: {
        zh: "振动升至健康水平的 1.8 倍 [E1]。",
        en: "Vibration rose to 1.8 times healthy [E1].",
      },
      recommended_action: { zh: "检查叶轮 [E1]。", en: "Look at the impeller [E1]." },
    }),
  };
}

describe("twenty alerts at once over a real connection with two places", () => {
  let simulator: GlmSimulator;
  before(async () => {
    simulator = await openGlmSimulator({ answer: goodTurn });
  });
  after(() => simulator.close());

  for (const behaviour of behaviourNames) {
    it(`each has exactly one true report in time: ${behaviour}`, async () => {
      simulator.forget();
      simulator.behaviour = behaviour;
      const { limits } =
        behaviour === "good" ? defaultDiagnosticAgentConfig : { limits: shortened };
      const model = await aLanguageModel({
        baseUrl: simulator.baseUrl,
        concurrency: 2,
        // The budget has tests of its own.
        budget: { callsPerMinute: 1_000, tokensPerMinute: 10_000_000, tokensPerHour: 100_000_000 },
      });
      const plant = await agentPlant(model, { clock: systemClock, config: { limits } });
      for (let number = 0; number < ALERTS; number += 1) {
        await plant.raise({ traceId: `t${number}`, alertLevel: number % 4 === 0 ? "P0" : "P1" });
      }
      const running = plant.start();
      while ((await plant.agent.pending()) > 0) await systemClock.sleep(20);
      plant.stop();
      await running;
      await model.close();
      const alerts = new Map((await plant.alerts()).map((row) => [row.traceId, row]));
      const reports = await plant.reports();
      assert.equal(reports.length, ALERTS);
      assert.equal(plant.done.length, ALERTS);
      for (const report of reports) {
        const tookMs = report.createdAt - (alerts.get(report.traceId)?.createdAt ?? 0);
        assert.ok(tookMs <= limits.hardStopMs + SLACK_MS, `${report.traceId}: ${tookMs} ms`);
        assert.equal(report.revision, 1);
        assert.equal(report.faultCategory, "imbalance");
        assert.equal(report.deviceId, "PUMP_01");
        if (report.source === "rules") assert.notEqual(report.degradedReason, null);
        else assert.equal(report.diagnosisText.en, "Vibration rose to 1.8 times healthy [E1].");
      }
      const byModel = reports.filter(({ source }) => source === "llm").length;
      // Otherwise nothing of the below would have been tried.
      if (behaviour === "good") assert.equal(byModel, ALERTS);
      assert.ok(simulator.requests.length > 0);
      assert.equal((await plant.orders()).length, 1);
      assert.ok(simulator.inFlightMax <= 2);
    });
  }
});
