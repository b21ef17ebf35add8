import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hot, Machine } from "../fixtures/http-machine.ts";
import { type HttpPlant, type Json, openHttpPlant } from "../fixtures/http-plant.ts";
import type { ChatRequest, Turn } from "../glm-simulator/chat-dialect.ts";
import { type GlmSimulator, openGlmSimulator } from "../glm-simulator/glm-simulator.ts";

/** Asks one tool, then agrees with the rules; proposes what policy does anyway. */
function agreeing(request: ChatRequest): Turn {
  const user = request.messages.find(({ role }) => role === "user")?.content ?? "{}";
  const { rules } = JSON.parse(user) as { rules?: { fault_category: string } };
  if (rules === undefined) {
    const intent = { order_type: "EMERGENCY", priority: "P0", actions: [], citations: ["E1"] };
    return { content: JSON.stringify(intent) };
  }
  const asked = request.messages.some(({ role }) => role === "tool");
  if (!asked)
    return { content: "", calls: [{ name: "get_alert_history", arguments: '{"days":7}' }] };
  const text = { zh: "已查看报警 [E1]。", en: "The alarm was looked at [E1]." };
  const findings = { hypotheses: [], diagnosis: text, recommended_action: text };
  const category = { fault_category: rules.fault_category, severity: "CRITICAL" };
  return { content: JSON.stringify({ ...category, ...findings }) };
}

let plant: HttpPlant;
let simulator: GlmSimulator;

before(async () => {
  simulator = await openGlmSimulator({ answer: agreeing });
  const model = `languageModel: { kind: openai-compatible, baseUrl: "${simulator.baseUrl}", apiKey: test-key }`;
  plant = await openHttpPlant("live-steps", { yaml: `log: { level: warn }\n${model}\n` });
});
after(async () => {
  await plant?.stop();
  await simulator?.close();
});

/** The steps that the stream tells until one of kind `last` came. */
async function stepsUntil(last: string, alive: AbortSignal): Promise<Json[]> {
  const answer = await fetch(`${plant.iai.apiUrl}/api/v1/stream?types=step`, {
    headers: { authorization: `Bearer ${plant.keys.viewer}`, accept: "text/event-stream" },
    signal: alive,
  });
  assert.equal(answer.status, 200);
  const steps: Json[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      if (!/^event: step$/m.test(event)) continue;
      const step = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "{}") as Json;
      steps.push(step);
      if (step["kind"] === last) return steps;
    }
  }
  return steps;
}

describe("a diagnosis that people watch", () => {
  it("is told step by step over the stream, and its course stays with the report", async () => {
    const pump = await new Machine(plant, "S1").register();
    const stop = new AbortController();
    const heard = stepsUntil(
      "decided",
      AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
    );
    await plant.settle(pump.reads(3, () => ({ ...hot(), temperature: 100 })));
    const steps = await heard;
    stop.abort();
    const { trace_id, device_id } = await pump.alarm();
    const kinds = [
      "evidence",
      "rules",
      "checked",
      "asked",
      "tool",
      "answered",
      "checked",
      "decided",
    ];
    assert.deepEqual(
      steps.map((step) => step["kind"]),
      kinds,
    );
    for (const step of steps) {
      assert.equal(step["trace_id"], trace_id);
      assert.equal(step["device_id"], device_id);
    }
    const report = await plant.read(`/alerts/${trace_id}/report`);
    const agent = report["agent"] as { steps: Json[]; tool_calls: number; intent: Json };
    assert.equal(report["source"], "llm");
    assert.deepEqual(
      agent.steps.map((step) => step["text"]),
      steps.map((step) => step["text"]),
    );
    assert.equal(agent.tool_calls, 1);
    assert.equal(agent.intent["order_type"], "EMERGENCY");
  });

  it("is counted: reports by source, numbers checked, calls of tools", async () => {
    const answer = await fetch(`${plant.iai.apiUrl}/metrics`);
    const text = await answer.text();
    const value = (name: string): number => {
      const line = text.split("\n").find((each) => each.startsWith(name));
      return Number(line?.split(" ").at(-1) ?? Number.NaN);
    };
    assert.equal(value('iai_diagnosis_reports_total{source="llm"}'), 1);
    assert.equal(value("iai_agent_tool_calls_total"), 1);
    assert.equal(value("iai_agent_tool_refusals_total"), 0);
    assert.ok(value("iai_grounding_numbers_total") > 0);
    assert.equal(value("iai_grounding_violations_total"), 0);
  });
});
