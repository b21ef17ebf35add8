import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { aLanguageModel } from "../../../test/fixtures/a-language-model.ts";
import type { BehaviourName } from "../../../test/glm-simulator/behaviours.ts";
import { type GlmSimulator, openGlmSimulator } from "../../../test/glm-simulator/glm-simulator.ts";
import { systemClock } from "../../kernel/clock.ts";
import { checkLanguageModel } from "./check-language-model.ts";

describe("check of a language model", () => {
  let simulator: GlmSimulator;
  before(async () => {
    simulator = await openGlmSimulator();
  });
  after(() => simulator.close());

  const failed = async (behaviour: BehaviourName) => {
    simulator.behaviour = behaviour;
    const model = await aLanguageModel({ baseUrl: simulator.baseUrl, attempts: 1 });
    const findings = await checkLanguageModel(model, systemClock);
    await model.close();
    return findings.filter(({ ok }) => !ok).map(({ check, code }) => [check, code]);
  };

  it("finds nothing wrong with a model that can do everything", async () => {
    assert.deepEqual(await failed("good"), []);
    assert.deepEqual(await failed("leaked-tool-name"), []);
  });

  const faults: readonly (readonly [BehaviourName, readonly (readonly unknown[])[]])[] = [
    ["unauthorized", [["answer", "LLM_DENIED"]]],
    ["arrears-1113", [["answer", "LLM_DENIED"]]],
    ["server-500", [["answer", "LLM_UNREACHABLE"]]],
    ["html-page", [["answer", "LLM_ANSWER_INVALID"]]],
    [
      "plain-text",
      [
        ["json", null],
        ["tool_call", null],
      ],
    ],
    [
      "wrong-schema",
      [
        ["json", null],
        ["tool_result", null],
      ],
    ],
    ["unknown-tool", [["tool_call", null]]],
    ["unreadable-arguments", [["tool_call", null]]],
    ["endless-tools", [["tool_result", null]]],
  ];
  for (const [behaviour, expected] of faults)
    it(`says what "${behaviour}" cannot do`, async () => {
      assert.deepEqual(await failed(behaviour), expected);
    });

  describe("on the command line", () => {
    const run = async (variables: Record<string, string>) => {
      const main = new URL("../cli/main.ts", import.meta.url).pathname;
      const child = promisify(execFile)(process.execPath, [main, "llm", "check", "--json"], {
        cwd: new URL("../../../test", import.meta.url).pathname,
        env: { PATH: process.env["PATH"], ...variables },
      });
      const { stdout, code } = await child.then(
        ({ stdout }) => ({ stdout, code: 0 }),
        (failure: { stdout: string; code: number }) => failure,
      );
      return { code, said: JSON.parse(stdout) as Record<string, unknown> };
    };

    it("prints JSON alone and exits 0 when the model can be used, 1 when not or none is there", async () => {
      simulator.behaviour = "good";
      const endpoint = {
        IAI_LANGUAGE_MODEL_KIND: "openai-compatible",
        IAI_LANGUAGE_MODEL_BASE_URL: simulator.baseUrl,
        IAI_LANGUAGE_MODEL_API_KEY: "a-key-of-the-plant",
      };
      const good = await run(endpoint);
      assert.deepEqual([good.code, good.said["usable"]], [0, true]);
      assert.ok(!JSON.stringify(good.said).includes("a-key-of-the-plant"));
      simulator.behaviour = "unauthorized";
      const bad = await run(endpoint);
      assert.deepEqual([bad.code, bad.said["usable"]], [1, false]);
      const none = await run({});
      assert.deepEqual([none.code, none.said["configured"]], [1, false]);
    });
  });
});
