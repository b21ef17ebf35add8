import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dialectOf, openAiCompatibleConfig } from "./config.ts";
import { failureOfAnswer, meaningOf } from "./errors.ts";
import { jsonInText } from "./json-text.ts";
import { createRedact } from "./redaction.ts";
import { createSlidingWindow } from "./sliding-window.ts";
import { repairToolCall, toolCallsInText } from "./tool-repair.ts";

const parse = (part: Record<string, unknown>) =>
  openAiCompatibleConfig.safeParse({ kind: "openai-compatible", ...part });

describe("options of a language model", () => {
  it("starts with none of them", () => assert.ok(parse({}).success));

  it("sends nothing in the clear beyond this machine unless somebody says so", () => {
    for (const baseUrl of ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1"])
      assert.ok(parse({ baseUrl }).success, baseUrl);
    for (const baseUrl of ["http://10.0.0.5/v1", "http://127.0.0.1.evil.example/v1"]) {
      assert.equal(parse({ baseUrl }).success, false, baseUrl);
      assert.ok(parse({ baseUrl, allowInsecure: true }).success, baseUrl);
    }
  });

  it("refuses addresses with a password or a query, two keys, and patterns that are none", () => {
    for (const baseUrl of ["https://u:p@llm.example/v1", "https://llm.example/v1?key=1", "llm"])
      assert.equal(parse({ baseUrl }).success, false, baseUrl);
    assert.equal(parse({ apiKey: "a", apiKeyFile: "b" }).success, false);
    assert.equal(parse({ redact: { patterns: ["("] } }).success, false);
  });

  it("knows GLM by its addresses and by the names of its models", () => {
    const of = (baseUrl: string, model: string) => dialectOf({ dialect: "auto", baseUrl, model });
    assert.equal(of("https://open.bigmodel.cn/api/paas/v4", "charglm"), "glm");
    assert.equal(of("https://api.z.ai/api/paas/v4", "x"), "glm");
    assert.equal(of("http://127.0.0.1:8000/v1", "zai-org/GLM-4.7"), "glm");
    assert.equal(of("https://api.deepseek.com", "deepseek-chat"), "openai");
    assert.equal(of("https://notz.ai/v1", "qwen-plus"), "openai");
  });
});

describe("meaning of an endpoint's errors", () => {
  const of = (status: number, errorCode: string | null, errorText = "") => {
    const failure = failureOfAnswer({ status, errorCode, errorText, retryAfterMs: null });
    const { repeat, breaker } = meaningOf(failure);
    return `${failure.code} ${repeat ? "again" : "final"} ${breaker}`;
  };
  it("believes GLM's own code more than the status 429", () => {
    for (const code of ["1113", "1304", "1308", "1310"])
      assert.equal(of(429, code), "LLM_DENIED final account", code);
    for (const code of ["1302", "1303", "1305", "1312"])
      assert.equal(of(429, code), "LLM_UNREACHABLE again none", code);
  });

  it("knows what other endpoints say", () => {
    assert.equal(of(429, "insufficient_quota"), "LLM_DENIED final account");
    assert.equal(of(402, null, "Insufficient Balance"), "LLM_DENIED final account");
    assert.equal(of(400, "context_length_exceeded"), "LLM_PROMPT_TOO_LONG final none");
    assert.equal(of(400, "data_inspection_failed"), "LLM_CONTENT_REFUSED final none");
    assert.equal(of(429, "rate_limit_exceeded"), "LLM_UNREACHABLE again none");
    assert.equal(of(404, "model_not_found"), "LLM_DENIED final none");
    assert.equal(of(503, null), "LLM_UNREACHABLE again away");
  });
});

describe("JSON in a model's text", () => {
  const answer = { cause: "轴承磨损 {worn}", list: ['a"}', "\\"] };
  const json = JSON.stringify(answer);
  for (const [name, text] of [
    ["alone", json],
    ["in a fence", `\`\`\`json\n${json}\n\`\`\``],
    ["after thoughts", `<think>maybe {"cause":"x"}</think>${json}`],
    ["after thoughts without a beginning", `maybe {"cause":"x"}</think>\n${json}`],
    ["between words", `Here {it} is: ${json} That is all.`],
    ["after a draft", `{"draft":true}\n\n${json}`],
  ] as const)
    it(`is found ${name}`, () => assert.deepEqual(jsonInText(text), answer));

  it("is none when it was cut off, wherever that was", () => {
    for (let end = 1; end < json.length; end += 1)
      assert.equal(jsonInText(json.slice(0, end)), undefined, json.slice(0, end));
  });

  it("is looked for in any text without trouble and in little time", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void jsonInText(text)));
    const beganAt = performance.now();
    jsonInText("{x}".repeat(80_000));
    jsonInText("{".repeat(200_000));
    assert.ok(performance.now() - beganAt < 1_000);
  });
});

describe("repair of a tool call", () => {
  const tools = [
    {
      name: "fetch",
      description: "",
      inputSchema: { properties: { device_id: { type: "string" }, mins: { type: "integer" } } },
    },
  ];
  const repaired = (name: string, input: unknown) => {
    const { call } = repairToolCall({ callId: "c", name, input }, tools);
    return { name: call.name, input: call.input };
  };
  const good = { name: "fetch", input: { device_id: "007", mins: 60 } };
  const leaked =
    "<arg_key>device_id</arg_key><arg_value>007</arg_value>\n<arg_key>mins</arg_key><arg_value>60</arg_value>";

  it("sees what was meant, and lets a device called 007 keep its name", () => {
    assert.deepEqual(repaired("fetch", good.input), good);
    assert.deepEqual(repaired(`fetch${leaked}`, ""), good);
    assert.deepEqual(repaired(`fetch\n${leaked}</tool_call>`, {}), good);
    assert.deepEqual(repaired("fetch", leaked), good);
    assert.deepEqual(repaired("fetch", JSON.stringify(JSON.stringify(good.input))), good);
    assert.deepEqual(repaired("fetch", '{"device_id":"007","mins":60,}'), good);
    assert.deepEqual(repaired("fetch", '{"device_id":"007","mins":60'), good);
  });

  it("leaves what it cannot read as it is", () => {
    assert.deepEqual(repaired("fetch", "the pump, please"), {
      name: "fetch",
      input: "the pump, please",
    });
  });

  it("gives back only names that an endpoint takes again", () => {
    assert.equal(repaired("删除 all", {}).name, "__");
    assert.equal(repaired(leaked, {}).name, "");
    assert.equal(repaired("x".repeat(100), {}).name.length, 64);
  });

  it("takes no tool from a text that was not offered", () => {
    const text = `<tool_call>fetch\n${leaked}\n</tool_call><tool_call>delete_all\n</tool_call>`;
    const found = toolCallsInText(text, { tools, turn: 3 }).map(({ call }) => call);
    assert.deepEqual(found, [{ callId: "text_3_1", ...good }]);
  });
});

describe("a sliding window", () => {
  it("never holds more than its limit in any span, whatever comes when", () => {
    const spendings = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 40 })),
    );
    fc.assert(
      fc.property(spendings, (list) => {
        const window = createSlidingWindow(10_000, 50);
        const limit = 100;
        const taken: { at: number; tokens: number }[] = [];
        let now = 0;
        for (const [pause, tokens] of list) {
          now += pause;
          now += window.waitMs({ unit: "tokens", amount: tokens, limit }, now);
          window.add({ calls: 1, tokens, money: 0 }, now);
          taken.push({ at: now, tokens });
        }
        for (const { at: from } of taken) {
          const inside = taken.filter(({ at }) => at >= from && at < from + 10_000);
          const sum = inside.reduce((total, { tokens }) => total + tokens, 0);
          assert.ok(sum <= limit, `${sum}`);
        }
      }),
    );
  });
});

describe("redaction", () => {
  it("takes the whole of an e-mail address, also of a user's own", () => {
    const redact = createRedact({
      secrets: [],
      words: [],
      patterns: [],
      emails: true,
      userNames: ["li"],
    });
    assert.equal(
      redact("li <li@plant.example> 点li 和 alien"),
      "[redacted] <[redacted]> 点[redacted] 和 alien",
    );
  });

  it("leaves numbers and ids of the plant as they are", () => {
    const redact = createRedact({
      secrets: ["12345"],
      words: [],
      patterns: [],
      emails: true,
      userNames: ["a", "op"],
    });
    const text = '{"device_id":"PUMP_01","value":12345.5,"stop":"op_7"}';
    assert.equal(redact(text), text);
  });
});
