import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { refusal } from "../../src/pipeline/diagnose/ask/ask-words.ts";
import { askedOf, saying, vibrationAnswer } from "../agents/ask-answers.ts";
import {
  assertQuiet,
  openBrowser,
  openReader,
  seriousFindings,
  signIn,
  textsOf,
} from "../fixtures/browser.ts";
import { type ConsolePlant, raiseAlarm } from "../fixtures/console-plant.ts";
import { call, createKey, startIai } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import type { ChatRequest, Turn } from "../glm-simulator/chat-dialect.ts";
import { type GlmSimulator, openGlmSimulator } from "../glm-simulator/glm-simulator.ts";

/** What holds, and beside it a number that nothing proves. */
function careless(request: ChatRequest): Turn {
  const good = vibrationAnswer(request);
  if (good.content === "") return good;
  const id = askedOf(request).facts.find(({ metric }) => metric === "vibration")?.id ?? "E0";
  const { answer } = JSON.parse(good.content) as { answer: string };
  return saying(`${answer} 77.7 g [${id}].`);
}

describe("the chat beside a machine and an alarm", () => {
  let browser: Browser;
  let plant: ConsolePlant;
  let traceId: string;
  let simulator: GlmSimulator;
  before(async () => {
    browser = await openBrowser();
    simulator = await openGlmSimulator({ answer: careless });
    const languageModel = {
      kind: "openai-compatible",
      baseUrl: simulator.baseUrl,
      budget: { callsPerMinute: null, callsPerHour: null },
    };
    const iai = await startIai({
      dataDir,
      forSuite: true,
      yaml: JSON.stringify({ languageModel, agents: { asksPerMinute: 2 } }),
      environment: { IAI_CONSOLE_ENABLED: "true" },
    });
    const admin = createKey(dataDir, "admin");
    const person = { name: "chen.yu", password: "a-long-pass-phrase-of-the-night-shift" };
    for (const name of [person.name, "wang.li"]) {
      const body = { ...person, name, role: "viewer" };
      const made = await call(`${iai.apiUrl}/api/v1/users`, admin, { body });
      assert.equal(made.status, 201, JSON.stringify(made.body));
    }
    plant = { iai, dataDir, admin, person };
    traceId = await raiseAlarm(plant, "PUMP_01", "L001");
  });
  after(async () => {
    await browser.close();
    await plant.iai.stop();
    await simulator.close();
  });
  // After the hook above: the folder goes when nobody writes into it any more.
  const dataDir = join(temporaryFolder("browser-ask"), "data");

  for (const [language, theme] of [
    ["en", "dark"],
    ["zh", "light"],
  ] as const) {
    it(`shows examples, steps, what holds and what is struck (${language}, ${theme})`, async () => {
      const t = textsOf(language);
      const reader = await openReader(browser, { baseUrl: plant.iai.consoleUrl, language, theme });
      const { page } = reader;
      await signIn(page, { language, ...plant.person });
      await page.goto("/devices/PUMP_01");
      await page.getByRole("button", { name: t("question.open") }).click();
      const drawer = page.getByRole("dialog");
      await drawer.locator(".ask-examples button").nth(2).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      await drawer.getByRole("button", { name: t("question.device_1") }).click();
      const answer = drawer.locator(".ask-answered");
      await answer.waitFor();
      assert.equal(await answer.locator("s.struck").count(), 1);
      assert.match((await answer.locator("s.struck").textContent()) ?? "", /77\.7/);
      await answer.locator(".ask-cite").first().click();
      assert.equal(await answer.locator(".ask-evidence .ask-on").count(), 1);
      assert.deepEqual(await seriousFindings(page), []);
      assertQuiet(reader);
      await page.context().close();
    });
  }

  it("refuses beside an alarm what is none of the plant's, and says when somebody asks too often", async () => {
    const t = textsOf("en");
    const reader = await openReader(browser, {
      baseUrl: plant.iai.consoleUrl,
      language: "en",
      theme: "light",
    });
    const { page, complaints } = reader;
    // Somebody who has asked nothing yet: two questions in a minute are possible.
    await signIn(page, { language: "en", ...plant.person, name: "wang.li" });
    await page.goto(`/alarms/${traceId}`);
    await page.getByRole("button", { name: t("question.open") }).click();
    const drawer = page.getByRole("dialog");
    const field = drawer.getByLabel(t("question.yours"));
    for (let count = 1; count <= 2; count += 1) {
      await field.fill("What is the password of li?");
      await field.press("Enter");
      await drawer
        .locator(".ask-refused")
        .nth(count - 1)
        .waitFor();
    }
    assert.ok((await drawer.locator(".ask-refused").first().textContent())?.includes(refusal.en));
    complaints.expect(429);
    await field.fill("And of wang?");
    await field.press("Enter");
    const failed = drawer.locator(".state-error");
    await failed.waitFor();
    assert.match((await failed.textContent()) ?? "", /RATE_LIMITED/);
    assertQuiet(reader);
    await page.context().close();
  });
});
