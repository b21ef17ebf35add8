import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import {
  assertQuiet,
  openBrowser,
  openReader,
  seriousFindings,
  signIn,
  textsOf,
} from "../fixtures/browser.ts";
import { type ConsolePlant, raiseAlarm, startConsolePlant } from "../fixtures/console-plant.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

/** Pictures are kept where somebody asks for them. */
const pictures = process.env["IAI_TEST_PICTURES"];

describe("a rule that is tried over the past", () => {
  let browser: Browser;
  let plant: ConsolePlant;
  before(async () => {
    browser = await openBrowser();
    plant = await startConsolePlant(dataDir);
    await raiseAlarm(plant, "PUMP_01", "L001");
  });
  after(async () => {
    await browser.close();
    await plant.iai.stop();
  });
  // After the hook above: the folder goes when nobody writes into it any more.
  const dataDir = join(temporaryFolder("browser-rules"), "data");

  for (const [language, theme] of [
    ["en", "light"],
    ["zh", "dark"],
  ] as const) {
    it(`shows what it would have told before it is saved (${language}, ${theme})`, async () => {
      const t = textsOf(language);
      const reader = await openReader(browser, { baseUrl: plant.iai.consoleUrl, language, theme });
      const { page } = reader;
      await signIn(page, { language, ...plant.person });
      await page.goto("/rules");
      await page
        .getByRole("button", { name: t("rules.new") })
        .first()
        .click();
      const drawer = page.getByRole("dialog");
      await drawer.getByLabel(t("rule.text")).fill("vibration > 0.4");
      await drawer.getByRole("button", { name: t("past.run"), exact: true }).click();
      const found = drawer.locator(".rule-past-list li");
      await found.first().waitFor();
      assert.equal(await found.count(), 1);
      assert.match(await found.first().innerText(), /PUMP_01/);
      const counts = t("past.counts", { gained: "1", lost: "0", kept: "0" });
      await drawer.getByText(counts).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      if (pictures !== undefined) {
        mkdirSync(pictures, { recursive: true });
        await found.first().scrollIntoViewIfNeeded();
        await page.screenshot({ path: join(pictures, `rule-past-${language}-${theme}.png`) });
      }
      await drawer.getByLabel(t("rule.text")).fill("vibration > 4");
      await drawer.getByRole("button", { name: t("past.run"), exact: true }).click();
      await drawer.getByText(t("past.counts", { gained: "0", lost: "0", kept: "0" })).waitFor();
      assertQuiet(reader);
      await page.context().close();
    });
  }
});
