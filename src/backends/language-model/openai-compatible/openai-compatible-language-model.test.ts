import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { languageModelContract } from "../../../../test/contract/language-model.ts";
import { aLanguageModel } from "../../../../test/fixtures/a-language-model.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import type { BehaviourName } from "../../../../test/glm-simulator/behaviours.ts";
import {
  type GlmSimulator,
  openGlmSimulator,
} from "../../../../test/glm-simulator/glm-simulator.ts";
import { sampleAnswer } from "../../../../test/glm-simulator/sample-answer.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { LanguageModelRequest } from "../../../ports/language-model.ts";
import type { OpenAiCompatibleDeps } from "./openai-compatible-language-model.ts";

const never = new AbortController().signal;
const statusTool = {
  name: "query_device_status",
  description: "How a device stands",
  inputSchema: {
    type: "object",
    properties: { device_id: { type: "string" }, window_mins: { type: "integer" } },
    required: ["device_id", "window_mins"],
  },
};
const question: LanguageModelRequest = {
  system: "Diagnose.",
  messages: [{ role: "user", text: '{"device_id":"PUMP_01"}' }],
  tools: [],
  schema: { type: "object", properties: { cause: { type: "string" } }, required: ["cause"] },
  maxOutputTokens: 600,
  priority: "P1",
  deadlineMs: 8_000,
};

describe("a language model behind an OpenAI-compatible address", () => {
  let simulator: GlmSimulator;
  let opened: (() => Promise<void>)[] = [];
  before(async () => {
    simulator = await openGlmSimulator();
  });
  after(() => simulator.close());
  afterEach(async () => {
    for (const close of opened) await close();
    opened = [];
    simulator.forget();
    simulator.behaviour = "good";
    simulator.answer = sampleAnswer;
  });

  const open = async (
    part: Record<string, unknown> = {},
    deps: Partial<OpenAiCompatibleDeps> = {},
  ) => {
    const model = await aLanguageModel({ baseUrl: simulator.baseUrl, ...part }, deps);
    opened.push(() => model.close());
    return model;
  };
  const ask = async (
    behaviour: BehaviourName,
    part: Partial<LanguageModelRequest> = {},
    options: Record<string, unknown> = {},
  ) => {
    simulator.behaviour = behaviour;
    const model = await open(options);
    return { model, asked: model.complete({ ...question, ...part }, never) };
  };
  /** The code of the failure, and how many requests it took. */
  const failure = async (behaviour: BehaviourName, part: Partial<LanguageModelRequest> = {}) => {
    const { model, asked } = await ask(behaviour, part);
    const code = await asked.then(
      () => "answered",
      (thrown: unknown) => (thrown instanceof IaiError ? thrown.code : String(thrown)),
    );
    return { code, calls: simulator.requests.length, breaker: model.state().breaker };
  };

  languageModelContract("openai-compatible", {
    open: () => aLanguageModel({ baseUrl: simulator.baseUrl }),
    openSilent: () => {
      simulator.behaviour = "hang";
      return aLanguageModel({ baseUrl: simulator.baseUrl });
    },
  });

  describe("what it sends", () => {
    it("speaks GLM's dialect: no thinking, no json_schema, max_tokens, the schema in the prompt", async () => {
      const { asked } = await ask("good", {}, { apiKey: "key-of-the-plant" });
      await asked;
      const [request] = simulator.requests;
      assert.deepEqual(Object.keys(request?.body ?? {}).toSorted(), [
        "max_tokens",
        "messages",
        "model",
        "response_format",
        "stream",
        "temperature",
        "thinking",
      ]);
      assert.deepEqual(request?.body.thinking, { type: "disabled" });
      assert.deepEqual(request?.body.response_format, { type: "json_object" });
      assert.ok(request?.body.messages[0]?.content?.includes(JSON.stringify(question.schema)));
      assert.equal(request?.headers.authorization, "Bearer key-of-the-plant");
    });

    it("offers tools with tool_choice auto, without strict, and then asks for no json_object", async () => {
      const { asked } = await ask("good", { tools: [statusTool] });
      await asked;
      const body = simulator.requests[0]?.body;
      assert.equal(body?.tool_choice, "auto");
      assert.equal(body?.response_format, undefined);
      assert.deepEqual(body?.tools, [
        {
          type: "function",
          function: {
            name: statusTool.name,
            description: statusTool.description,
            parameters: statusTool.inputSchema,
          },
        },
      ]);
    });

    it("sends thoughts, tool calls and results back as they came", async () => {
      simulator.behaviour = "reasoning";
      const model = await open();
      const first = await model.complete({ ...question, tools: [statusTool] }, never);
      const [call] = first.toolCalls;
      assert.ok(call);
      assert.notEqual(first.reasoning, null);
      const { text, reasoning, toolCalls } = first;
      const messages: LanguageModelRequest["messages"] = [
        ...question.messages,
        { role: "model", text, reasoning, toolCalls },
        {
          role: "tool",
          callId: call.callId,
          name: call.name,
          json: { state: "RUNNING" },
          isError: false,
        },
      ];
      await model.complete({ ...question, tools: [statusTool], messages }, never);
      const [, , back, result] = simulator.requests[1]?.body.messages ?? [];
      assert.equal(back?.reasoning_content, first.reasoning);
      assert.equal(back?.tool_calls?.[0]?.id, call.callId);
      assert.deepEqual(JSON.parse(back?.tool_calls?.[0]?.function.arguments ?? ""), call.input);
      assert.equal(result?.tool_call_id, call.callId);
      assert.deepEqual(JSON.parse(result?.content ?? ""), { state: "RUNNING" });
    });

    it("sends arguments that nobody could read back as an empty object", async () => {
      const model = await open();
      const messages: LanguageModelRequest["messages"] = [
        ...question.messages,
        {
          role: "model",
          text: "",
          reasoning: null,
          toolCalls: [{ callId: "c1", name: statusTool.name, input: "the pump, please" }],
        },
        { role: "tool", callId: "c1", name: statusTool.name, json: "unreadable", isError: true },
      ];
      await model.complete({ ...question, tools: [statusTool], messages }, never);
      const [, , back, result] = simulator.requests[0]?.body.messages ?? [];
      assert.equal(back?.tool_calls?.[0]?.function.arguments, "{}");
      assert.equal(result?.content, '"unreadable"');
    });

    it("leaves GLM's own switches out for other endpoints, and adds theirs", async () => {
      const extraBody = { enable_thinking: false };
      const { asked } = await ask("good", {}, { model: "qwen-plus", extraBody, jsonMode: false });
      await asked;
      const body = simulator.requests[0]?.body;
      assert.equal(body?.thinking, undefined);
      assert.equal(body?.response_format, undefined);
      assert.equal(body?.["enable_thinking"], false);
    });

    it("lets no secret, user name, e-mail address or word of the list out, wherever it stands", async () => {
      const model = await open(
        { apiKey: "sk-plant-0001", redact: { words: ['Kunde "Süd"'], patterns: ["\\bSN-\\d+"] } },
        {
          sensitive: async () => ({
            secrets: ['pass\\word"7'],
            userNames: ["li.wei", "王芳"],
          }),
        },
      );
      const hostile =
        'by li.wei and 王芳 <li.wei@plant.example>, KUNDE "SÜD", SN-4711, sk-plant-0001, pass\\word"7';
      const messages: LanguageModelRequest["messages"] = [
        { role: "user", text: `${hostile} ${JSON.stringify({ note: hostile })}` },
        {
          role: "model",
          text: hostile,
          reasoning: hostile,
          toolCalls: [{ callId: "c1", name: statusTool.name, input: { device_id: hostile } }],
        },
        {
          role: "tool",
          callId: "c1",
          name: statusTool.name,
          json: { rows: [{ [hostile]: hostile }] },
          isError: false,
        },
      ];
      await model.complete({ ...question, system: hostile, messages, tools: [statusTool] }, never);
      const sent = simulator.requests[0]?.text ?? "";
      for (const word of [
        "li.wei",
        "王芳",
        "plant.example",
        "4711",
        "sk-plant",
        'word\\\\"7',
        '7"',
      ])
        assert.ok(!JSON.stringify(JSON.parse(sent).messages).includes(word), word);
      assert.ok(!/süd/i.test(sent));
      assert.ok(sent.includes("[redacted]"));
    });

    it("does not take the letters of a user's name out of other words", async () => {
      const sensitive = async () => ({ secrets: [], userNames: ["ram"] });
      const model = await open({}, { sensitive });
      const text = "the frame of the ram vibrates";
      await model.complete({ ...question, messages: [{ role: "user", text }] }, never);
      const sent = simulator.requests[0]?.body.messages[1]?.content;
      assert.equal(sent, "the frame of the [redacted] vibrates");
    });
  });

  describe("what it makes of answers", () => {
    for (const behaviour of ["good", "thinking", "reasoning", "fenced"] as const)
      it(`reads the JSON of "${behaviour}"`, async () => {
        const { asked } = await ask(behaviour);
        assert.deepEqual((await asked).json, { cause: "sample" });
      });

    for (const behaviour of ["truncated-json", "plain-text"] as const)
      it(`finds no JSON in "${behaviour}" and gives the text`, async () => {
        const { asked } = await ask(behaviour);
        const answer = await asked;
        assert.equal(answer.json, undefined);
        assert.notEqual(answer.text, "");
      });

    for (const behaviour of [
      "good",
      "leaked-tool-name",
      "leaked-tool-text",
      "broken-arguments",
    ] as const)
      it(`sees the tool call of "${behaviour}"`, async () => {
        simulator.answer = () => ({
          content: "",
          calls: [
            {
              name: statusTool.name,
              arguments: JSON.stringify({ device_id: "007", window_mins: 60 }),
            },
          ],
        });
        const { model, asked } = await ask(behaviour, { tools: [statusTool] });
        const { toolCalls } = await asked;
        assert.deepEqual(
          toolCalls.map(({ name, input }) => ({ name, input })),
          [{ name: statusTool.name, input: { device_id: "007", window_mins: 60 } }],
        );
        assert.equal(model.state().repairs, behaviour === "good" ? 0 : 1);
      });

    it("hands unreadable arguments and unknown tools on for the caller to refuse", async () => {
      simulator.answer = () => ({
        content: "",
        calls: [{ name: statusTool.name, arguments: "{}" }],
      });
      const unreadable = await ask("unreadable-arguments", { tools: [statusTool] });
      assert.equal(typeof (await unreadable.asked).toolCalls[0]?.input, "string");
      const unknown = await ask("unknown-tool", { tools: [statusTool] });
      assert.equal((await unknown.asked).toolCalls[0]?.name, "run_shell");
    });

    it("counts tokens as the endpoint does", async () => {
      const { model, asked } = await ask("good");
      const { tokensUsed } = await asked;
      const { inputTokens, outputTokens } = model.state();
      assert.ok(tokensUsed > 0);
      assert.equal(inputTokens + outputTokens, tokensUsed);
    });
  });

  describe("failures that pass", () => {
    for (const behaviour of [
      "rate-1302",
      "rate-1303",
      "overload-1305",
      "busy-1312",
      "network-1234",
      "server-500",
      "server-503",
      "gateway-502-page",
      "error-in-200",
      "network-error",
      "reset",
      "reset-half-way",
      "html-page",
      "garbage",
      "event-stream",
      "no-choices",
      "gateway-error-in-200",
      "redirect",
      "empty",
      "ten-megabytes",
    ] as const)
      it(`asks again after "${behaviour}"`, async () => {
        simulator.script(behaviour);
        const { asked } = await ask("good");
        assert.deepEqual((await asked).json, { cause: "sample" });
        assert.equal(simulator.requests.length, 2);
      });

    it("gives up before the deadline when another try would be too late", async () => {
      const beganAt = systemClock.monotonic();
      const { code } = await failure("overload-1305", { deadlineMs: 1_500 });
      assert.equal(code, "LLM_UNREACHABLE");
      assert.ok(systemClock.monotonic() - beganAt < 1_500);
    });

    it("does not ask a third time for an answer that nobody understands", async () => {
      const { code, calls } = await failure("html-page");
      assert.deepEqual({ code, calls }, { code: "LLM_ANSWER_INVALID", calls: 2 });
    });
  });

  describe("failures that stay", () => {
    const cases: readonly (readonly [BehaviourName, string, "open" | "closed"])[] = [
      ["auth-1000", "LLM_DENIED", "open"],
      ["token-1003", "LLM_DENIED", "open"],
      ["unauthorized", "LLM_DENIED", "open"],
      ["arrears-1113", "LLM_DENIED", "open"],
      ["daily-cap-1304", "LLM_DENIED", "open"],
      ["quota-1308", "LLM_DENIED", "open"],
      ["quota-1310", "LLM_DENIED", "open"],
      ["plan-1311", "LLM_DENIED", "open"],
      ["parameter-1210", "LLM_DENIED", "closed"],
      ["no-model-1211", "LLM_DENIED", "closed"],
      ["too-long-1261", "LLM_PROMPT_TOO_LONG", "closed"],
      ["context-exceeded", "LLM_PROMPT_TOO_LONG", "closed"],
      ["content-1301", "LLM_CONTENT_REFUSED", "closed"],
      ["sensitive", "LLM_CONTENT_REFUSED", "closed"],
    ];
    for (const [behaviour, code, breaker] of cases)
      it(`asks once on "${behaviour}", says ${code}, breaker ${breaker}`, async () => {
        assert.deepEqual(await failure(behaviour), { code, calls: 1, breaker });
      });

    it("does not tell on whose key the endpoint complains about", async () => {
      const { model, asked } = await ask("unauthorized-echo", {}, { apiKey: "key-of-the-plant" });
      await assert.rejects(asked, (thrown) => {
        isCode(thrown, "LLM_DENIED");
        return !String(thrown).includes("key-of-the-plant");
      });
      assert.ok(!JSON.stringify(model.state()).includes("key-of-the-plant"));
    });

    it("does not ask while the breaker is open", async () => {
      const { model, asked } = await ask("arrears-1113");
      await assert.rejects(asked);
      simulator.behaviour = "good";
      await assert.rejects(model.complete(question, never), (thrown) =>
        isCode(thrown, "LLM_PAUSED"),
      );
      assert.equal(simulator.requests.length, 1);
    });

    it("asks again when key, address or model were changed", async () => {
      const { model, asked } = await ask("unauthorized", {}, { apiKey: "old-key" });
      await assert.rejects(asked);
      simulator.behaviour = "good";
      await model.reconfigure({ ...(await configOf(simulator)), apiKey: "new-key" });
      assert.deepEqual((await model.complete(question, never)).json, { cause: "sample" });
      assert.equal(simulator.requests[1]?.headers.authorization, "Bearer new-key");
    });
  });

  it("keeps memory flat while answers of 10 MB pour in", async () => {
    simulator.behaviour = "ten-megabytes";
    const model = await open({ breaker: { failures: 1_000 }, budget: { callsPerMinute: null } });
    const bomb = () => model.complete(question, never).catch(() => undefined);
    await bomb();
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 5; round += 1) await bomb();
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 10 * 1024 * 1024, `${grown} bytes`);
  });
});

async function configOf({ baseUrl }: GlmSimulator) {
  const { modelConfig } = await import("../../../../test/fixtures/a-language-model.ts");
  return modelConfig({ baseUrl });
}
