import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IaiError } from "../../src/kernel/errors.ts";
import { agentPlant } from "./agent-plant.ts";
import {
  anIntent,
  call,
  goodFindings,
  isDecision,
  scriptedModel,
  toldOf,
} from "./scripted-model.ts";

describe("the diagnostic agent with a language model", () => {
  it("writes findings that hold into the report; confidence and scores are the code's", async () => {
    const model = scriptedModel((request) => ({
      json: isDecision(request) ? anIntent() : goodFindings(request, { confidence: 1 }),
    }));
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.source, "llm");
    assert.equal(report?.degraded, false);
    assert.equal(report?.faultCategory, "imbalance");
    assert.equal(report?.diagnosisText.en, "Vibration rose to 1.8 times healthy [E1].");
    assert.equal(report?.tokensUsed, 200);
    assert.ok(report !== undefined && report.confidence < 1);
    assert.deepEqual(report?.grounding.violations, []);
  });

  it("has each result of a tool as evidence of its own, that a sentence may cite", async () => {
    const model = scriptedModel((request, turn) => {
      if (isDecision(request)) return { json: anIntent() };
      if (turn === 0) {
        return {
          toolCalls: [
            call("fetch_telemetry_data", { window_mins: 5 }),
            call("get_work_orders", {}),
          ],
        };
      }
      const result = request.messages.find(({ role }) => role === "tool");
      const facts =
        result?.role === "tool"
          ? (result.json as { facts: { id: string; metric: string; value: { max: number } }[] })
              .facts
          : [];
      const current = facts.find(({ metric }) => metric === "current");
      const most = current?.value.max.toFixed(1);
      const en = `Current reached ${most} A at most [${current?.id}].`;
      const zh = `电流最高为 ${most} A [${current?.id}]。`;
      return { json: goodFindings(request, { diagnosis: { zh, en } }) };
    });
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.match(report?.diagnosisText.en ?? "", /^Current reached 15\.\d A/);
    const statistics = report?.evidence.filter(({ kind }) => kind === "statistics");
    assert.equal(statistics?.length, 5);
    assert.equal(report?.agent?.toolCalls, 2);
    assert.equal(report?.agent?.toolErrors, 0);
    assert.equal(new Set(report?.evidence.map(({ id }) => id)).size, report?.evidence.length);
  });

  it("reads the alarm's device and its line and nothing beyond; what is refused is counted", async () => {
    const wishes = [
      call("fetch_telemetry_data", { device_id: "PUMP_02" }, "1"),
      call("fetch_telemetry_data", { device_id: "PUMP_99" }, "2"),
      call("update_device_status", { device_id: "PUMP_01", status: "RETIRED" }, "3"),
      call("get_alert_history", { days: -1 }, "4"),
      call("get_alert_history", { days: 7, sql: "DROP" }, "5"),
      call("query_device_status", "PUMP_01", "6"),
    ];
    const model = scriptedModel((request, turn) => {
      if (isDecision(request)) return { json: anIntent() };
      return turn === 0 ? { toolCalls: wishes } : { json: goodFindings(request) };
    });
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.agent?.toolCalls, 6);
    assert.equal(report?.agent?.toolErrors, 5);
    const devices = new Set(report?.evidence.flatMap(({ value }) => value["deviceId"] ?? []));
    assert.deepEqual([...devices], ["PUMP_02"]);
    assert.equal(plant.agent.counters().toolErrors, 5);
  });

  it("runs at most eight calls, however many are wished for, and then wants the answer", async () => {
    const model = scriptedModel((request, turn) => {
      if (isDecision(request)) return { json: anIntent() };
      if (request.tools.length === 0) return { json: goodFindings(request) };
      return { toolCalls: [0, 1, 2].map((n) => call("get_work_orders", {}, `${turn}-${n}`)) };
    });
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.source, "llm");
    const ran = report?.agent?.steps.filter(({ kind }) => kind === "tool").length;
    assert.equal(ran, 8);
    const diagnosing = model.requests.filter((request) => !isDecision(request));
    assert.deepEqual(
      diagnosing.map(({ tools }) => tools.length > 0),
      [true, true, true, false],
    );
  });

  it("asks once for a correction, and strikes what still does not hold", async () => {
    const invented = {
      zh: "振动升至健康水平的 1.8 倍 [E1]。温度升至 99 °C [E2]。",
      en: "Vibration rose to 1.8 times healthy [E1]. Temperature rose to 99 °C [E2].",
    };
    const model = scriptedModel((request) => ({
      json: isDecision(request) ? anIntent() : goodFindings(request, { diagnosis: invented }),
    }));
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.diagnosisText.en, "Vibration rose to 1.8 times healthy [E1].");
    assert.equal(report?.grounding.violations.length, 2);
    assert.deepEqual(report?.agent?.review, ["sentences_struck"]);
    assert.equal(model.requests.filter((request) => !isDecision(request)).length, 2);
  });

  it("takes a corrected answer as if it had been right at once", async () => {
    const model = scriptedModel((request, turn) => {
      if (isDecision(request)) return { json: anIntent() };
      return { json: turn === 0 ? { nonsense: true } : goodFindings(request) };
    });
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.source, "llm");
    assert.deepEqual(report?.grounding.violations, []);
  });

  for (const [what, patch] of [
    ["evidence that does not exist", { for: ["E99"] }],
    ["nothing at all", { for: [] }],
    ["knowledge of another fault", { kb_ids: ["other"] }],
  ] as const) {
    it(`refuses a hypothesis that cites ${what}: the rule report stands, with its reason`, async () => {
      const model = scriptedModel((request) => {
        const other = toldOf(request).knowledge.find(({ category }) => category !== "imbalance");
        const cites = { category: "imbalance", kb_ids: [], for: ["E1"], against: [], ...patch };
        const kb_ids = "kb_ids" in patch ? [other?.kb_id] : [];
        return { json: goodFindings(request, { hypotheses: [{ ...cites, kb_ids }] }) };
      });
      const plant = await agentPlant(model);
      await plant.raise();
      await plant.works();
      const [report] = await plant.reports();
      assert.equal(report?.source, "rules");
      assert.equal(report?.degradedReason, "AGENT_ANSWER_INVALID");
      assert.equal(report?.faultCategory, "imbalance");
    });
  }

  it("that fails leaves the complete rule report, marked as degraded with the reason", async () => {
    const model = scriptedModel(() =>
      Promise.reject(new IaiError("LLM_UNREACHABLE", "Cannot ask")),
    );
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.source, "rules");
    assert.equal(report?.degradedReason, "LLM_UNREACHABLE");
    assert.match(report?.diagnosisText.en ?? "", /imbalance/i);
    assert.equal((await plant.orders()).length, 1);
  });

  it("cannot overturn what the evidence shows clearly; a person is asked to look", async () => {
    const model = scriptedModel((request) => {
      if (isDecision(request)) return { json: anIntent() };
      const hypotheses = [{ category: "electrical", kb_ids: [], for: ["E1"], against: [] }];
      return { json: goodFindings(request, { fault_category: "electrical", hypotheses }) };
    });
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.faultCategory, "imbalance");
    assert.deepEqual(report?.agent?.review, ["category_disagreement"]);
  });

  it("cannot talk a fault away", async () => {
    const model = scriptedModel((request) => {
      if (isDecision(request)) return { json: anIntent() };
      const hypotheses = [{ category: "no_fault", kb_ids: [], for: ["E1"], against: [] }];
      const patch = { fault_category: "no_fault", severity: "LOW", hypotheses };
      return { json: goodFindings(request, patch) };
    });
    const plant = await agentPlant(model);
    await plant.raise({ alertLevel: "P0" });
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.faultCategory, "imbalance");
    assert.equal(report?.severity, "CRITICAL");
    assert.deepEqual(report?.agent?.review, ["category_disagreement", "severity_disagreement"]);
    assert.equal((await plant.orders())[0]?.priority, "P0");
  });

  it("that sees danger where the alarm does not makes the report critical, for a person to review", async () => {
    const model = scriptedModel((request) => ({
      json: isDecision(request) ? anIntent() : goodFindings(request, { severity: "CRITICAL" }),
    }));
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.severity, "CRITICAL");
    assert.deepEqual(report?.agent?.review, ["severity_disagreement"]);
  });

  it("passes the alarm's priority with every call", async () => {
    const model = scriptedModel((request) => ({
      json: isDecision(request) ? anIntent() : goodFindings(request),
    }));
    const plant = await agentPlant(model);
    await plant.raise({ alertLevel: "P0" });
    await plant.works();
    assert.deepEqual(
      model.requests.map(({ priority }) => priority),
      ["P0", "P0"],
    );
  });

  it("tells its steps while it runs and keeps them with the report", async () => {
    const model = scriptedModel((request, turn) => {
      if (isDecision(request)) return { json: anIntent() };
      return turn === 0
        ? { toolCalls: [call("get_alert_history", { days: 7 })] }
        : { json: goodFindings(request) };
    });
    const plant = await agentPlant(model);
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    const kinds = report?.agent?.steps.map(({ kind }) => kind);
    assert.deepEqual(kinds, [
      "evidence",
      "rules",
      "checked",
      "asked",
      "tool",
      "answered",
      "checked",
      "decided",
    ]);
    assert.deepEqual(
      plant.steps.map(({ step }) => step),
      report?.agent?.steps,
    );
  });
});
