import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askPlant } from "../../../../test/agents/ask-plant.ts";
import { call, scriptedModel, toldOf } from "../../../../test/agents/scripted-model.ts";
import type { LanguageModelRequest } from "../../../ports/language-model.ts";

/** Names of the facts that sentences below cite. */
const facts = {
  vib: (fact: Fact) => fact.kind === "margin" && fact.metric === "vibration",
  temp: (fact: Fact) => fact.kind === "margin" && fact.metric === "temperature",
  hour: (fact: Fact) => fact.kind === "statistics" && fact.metric === "vibration",
  flat: (fact: Fact) => fact.kind === "statistics" && fact.metric === "temperature",
  past: (fact: Fact) => fact.kind === "history",
  orders: (fact: Fact) => fact.kind === "order",
  mode: (fact: Fact) => fact.kind === "mode",
} as const;
type Fact = ReturnType<typeof toldOf>["facts"][number];

/** `{vib}` becomes the number of the fact, as a model that read the prompt would write it. */
function cited(text: string, request: LanguageModelRequest): string {
  return text.replace(/\{(\w+)\}/g, (_, name: keyof typeof facts) => {
    const found = toldOf(request).facts.find(facts[name]);
    return `[${found?.id ?? "E0"}]`;
  });
}

const saying = (text: string) =>
  scriptedModel((request) => ({ json: { answerable: true, answer: cited(text, request) } }));

describe("an honest answer", () => {
  for (const text of [
    "Vibration is closest to its limit, at 0.48 g against 0.5 g {vib}.",
    "Vibration has used 96 % of its limit {vib}.",
    "Vibration is 1.78 times its healthy level {vib}.",
    "Vibration rose within the last hour {hour}.",
    "Temperature was steady {flat}.",
    "There was 1 alarm in the last 30 days {past}.",
    "PUMP_01 has no open work order {orders}.",
    "The machine is running {mode}.",
    "振动最接近限值，现为 0.48 g，上限 0.5 g {vib}。",
    "振动为健康水平的 1.78 倍 {vib}。",
    "过去一小时振动上升 {hour}。",
    "温度平稳 {flat}。",
    "过去 30 天内有 1 次报警 {past}。",
    "目前没有未结工单 {orders}。",
    "设备 PUMP_01 正在运行 {mode}。",
    "过去三十天内有一次报警 {past}。",
    "In the last 30 days there was one alarm {past}.",
    "这是第二次提到的报警历史 {past}。",
  ]) {
    it(`stands: ${text}`, async () => {
      const plant = await askPlant(saying(text));
      const answer = await plant.ask("?");
      assert.deepEqual(answer.grounding.violations, []);
      assert.equal(answer.outcome, "answered");
    });
  }
});

describe("a false answer", () => {
  for (const text of [
    "Vibration is at 0.48 °C {vib}.",
    "Vibration fell within the last hour {hour}.",
    "There were 7 alarms in the last 30 days {past}.",
    "PUMP_07 is running {mode}.",
    "Order WO-20990101-0001 is open {orders}.",
    "过去一小时振动下降 {hour}。",
    "过去 30 天内有七次报警 {past}。",
    "There were seven alarms in the last 30 days {past}.",
    "有三张未结工单 {orders}。",
    "There are two open work orders {orders}.",
    "In the last three hours vibration rose {hour}.",
    "It happened at 03:14 {mode}.",
  ]) {
    it(`falls: ${text}`, async () => {
      const plant = await askPlant(saying(text));
      const answer = await plant.ask("?");
      assert.notEqual(answer.outcome, "answered");
      assert.ok(!answer.text.includes(text.slice(0, 12)));
    });
  }
});

describe("the conversation", () => {
  it("ends after eight calls, whatever the model wants, and a correction once", async () => {
    const model = scriptedModel((request) =>
      request.tools.length > 0
        ? { toolCalls: [1, 2, 3].map((n) => call("get_alert_history", { days: n }, `c${n}`)) }
        : { json: { answerable: true, answer: cited("Vibration is at 9.9 g {vib}.", request) } },
    );
    const plant = await askPlant(model);
    const answer = await plant.ask("?");
    assert.equal(answer.toolCalls, 9);
    assert.equal(answer.toolErrors, 1);
    assert.equal(answer.outcome, "unproven");
    const corrections = answer.steps.filter(({ kind }) => kind === "repair");
    assert.equal(corrections.length, 1);
    assert.equal(model.requests.length, 5);
  });

  it("keeps an answer whose correction fails", async () => {
    const model = scriptedModel((request, turn) => {
      if (turn > 0) throw new Error("gone");
      const text = "Vibration is at 0.48 g {vib}. It will be 9.9 g {vib}.";
      return { json: { answerable: true, answer: cited(text, request) } };
    });
    const plant = await askPlant(model);
    const answer = await plant.ask("?");
    assert.equal(answer.outcome, "answered");
    assert.equal(answer.grounding.violations.length, 1);
  });
});
