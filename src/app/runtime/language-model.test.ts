import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";
import { type GlmSimulator, openGlmSimulator } from "../../../test/glm-simulator/glm-simulator.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { User } from "../../model/access.ts";
import type { LanguageModelRequest } from "../../ports/language-model.ts";
import { type Config, configSchema } from "../config/schema.ts";
import { openInstallKeys } from "../install-secret.ts";
import { createSecretSeal } from "../sources/sealed-secrets.ts";
import { sealedWords } from "../sources/sealed-words.ts";
import { openRunningLanguageModel, type RunningLanguageModel } from "./language-model.ts";

const never = new AbortController().signal;
const asking = (text: string): LanguageModelRequest => ({
  system: "Answer.",
  messages: [{ role: "user", text }],
  tools: [],
  schema: { type: "object" },
  maxOutputTokens: 100,
  priority: "P2",
  deadlineMs: 5_000,
});
const installSecret = join(temporaryFolder("language-model-keys"), "secret");
const wei: User = {
  userId: "u1",
  name: "wei.zhang",
  role: "operator",
  passwordHash: "",
  factoryId: null,
  lineId: null,
  disabled: false,
  tokenGeneration: 0,
  failedLogins: 0,
  lockedUntil: null,
  createdAt: 0,
};

describe("the running language model", () => {
  let simulator: GlmSimulator;
  let records: InMemoryRecords;
  let model: RunningLanguageModel;
  before(async () => {
    simulator = await openGlmSimulator();
  });
  after(() => simulator.close());
  beforeEach(() => {
    records = new InMemoryRecords();
    simulator.forget();
  });
  afterEach(() => model.close());

  const open = async (config: Config) => {
    const deps = { config, clock: systemClock, log: silentLog, records };
    const givenSecrets = () => sealedWords(records, installSecret);
    model = await openRunningLanguageModel({ ...deps, givenSecrets });
  };
  const configured = (part: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) =>
    configSchema.parse({
      languageModel: { kind: "openai-compatible", baseUrl: simulator.baseUrl, ...part },
      ...rest,
    });

  it("comes and goes with the configuration, without a restart", async () => {
    await open(configSchema.parse({}));
    assert.equal(model.capabilities.available, false);
    await model.reconfigure(configured({ model: "glm-5.2" }));
    assert.deepEqual(model.capabilities, { available: true, model: "glm-5.2" });
    await model.complete(asking("pump"), never);
    await model.reconfigure(configured({ model: "glm-4.7" }));
    await model.complete(asking("pump"), never);
    assert.deepEqual(
      simulator.requests.map(({ body }) => body.model),
      ["glm-5.2", "glm-4.7"],
    );
    assert.equal(model.state()?.calls, 2);
    await model.reconfigure(configSchema.parse({}));
    await assert.rejects(model.complete(asking("pump"), never), (f) => isCode(f, "LLM_NONE"));
    assert.equal(model.state(), null);
  });

  it("lets out no secret of the whole configuration, from files or not, and no user's name", async () => {
    const secretFile = join(temporaryFolder("language-model"), "webhook.secret");
    writeFileSync(secretFile, "signing-secret-1\n", { mode: 0o600 });
    const url = "https://hooks.example/services/T0/B0/token-in-path";
    const hook = { kind: "webhook", name: "chat", url, secretFile };
    const cache = { kind: "redis", password: "redis-password-1" };
    await open(configured({ apiKey: "key-of-the-model" }, { cache, notify: { targets: [hook] } }));
    await records.transaction((tx) => tx.insert("user_account", wei));
    const text = `signing-secret-1 ${url} redis-password-1 key-of-the-model wei.zhang`;
    await model.complete(asking(text), never);
    const sent = simulator.requests[0]?.body.messages[1]?.content;
    assert.equal(sent, Array.from({ length: 5 }, () => "[redacted]").join(" "));
  });

  it("lets out no password of a source that was added while it runs", async () => {
    await open(configured());
    const seal = createSecretSeal((await openInstallKeys(installSecret)).sources);
    const row = {
      ...{ name: "hall", kind: "mqtt", enabled: true, options: {}, revision: 1 },
      ...{ createdAt: 0, createdBy: "wei", updatedAt: 0, updatedBy: "wei" },
      secrets: seal.seal("hall", { password: "broker-password-1" }),
    };
    await records.transaction((tx) => tx.insert("source", row));
    await model.complete(asking("it says broker-password-1 here"), never);
    const sent = simulator.requests[0]?.body.messages[1]?.content;
    assert.equal(sent, "it says [redacted] here");
  });

  it("knows a user who was added a moment ago", async () => {
    await open(configured());
    await model.complete(asking("by wei.zhang"), never);
    await records.transaction((tx) => tx.insert("user_account", wei));
    await model.complete(asking("by wei.zhang"), never);
    const sent = simulator.requests.map(({ body }) => body.messages[1]?.content);
    assert.deepEqual(sent, ["by wei.zhang", "by [redacted]"]);
  });
});
