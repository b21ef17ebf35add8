import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { buildConsole } from "../../src/app/console-build.ts";
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
import { root } from "../tidy/sources.ts";

describe("every page of the console", () => {
  let browser: Browser;
  let plant: ConsolePlant;
  let traceId: string;
  before(async () => {
    browser = await openBrowser();
    plant = await startConsolePlant(dataDir);
    traceId = await raiseAlarm(plant, "PUMP_01", "L001");
  });
  after(async () => {
    await browser.close();
    await plant.iai.stop();
  });
  // After the hook above: the folder goes when nobody writes into it any more.
  const dataDir = temporaryFolder("browser-pages");

  for (const [language, theme] of [
    ["en", "dark"],
    ["zh", "light"],
  ] as const) {
    it(`has no serious barrier in the ${theme} theme and keeps its own policy`, async () => {
      const reader = await openReader(browser, {
        baseUrl: plant.iai.consoleUrl,
        language,
        theme,
      });
      const { page } = reader;
      await signIn(page, { language, ...plant.person });
      const found: string[] = [];
      for (const path of [
        "/",
        "/alarms",
        `/alarms/${traceId}`,
        "/devices",
        "/devices/PUMP_01",
        "/orders",
        "/orders?view=list",
        "/orders?view=statistics",
        "/sources",
        "/sources/new",
        "/rules",
        "/knowledge",
        "/quarantine",
        "/notifications",
        "/health",
        "/access",
        "/access?tab=keys",
        "/audit",
      ]) {
        await page.goto(path);
        await page.locator("h1").waitFor();
        await page.locator(".state-loading").first().waitFor({ state: "detached" });
        assert.equal(await page.locator(".state-error").count(), 0, `${path} shows an error`);
        found.push(...(await seriousFindings(page)).map((line) => `${path} ${line}`));
      }
      assert.deepEqual(found, []);
      assertQuiet(reader);
      await page.context().close();
    });
  }

  it("previews an import and names what is wrong in each row, writing nothing", async () => {
    const t = textsOf("en");
    const reader = await openReader(browser, {
      baseUrl: plant.iai.consoleUrl,
      language: "en",
      theme: "light",
    });
    const { page } = reader;
    await signIn(page, { language: "en", ...plant.person });
    await page.goto("/devices");
    await page.getByRole("button", { name: t("devices.import") }).click();
    const csv =
      "device_id,device_name,device_type,factory_id,line_id,rated_temp_max\n" +
      "FAN_07,Fan 7,fan,F001,L001,80\n" +
      "FAN 08,Fan 8,fan,F001,L001,80\n" +
      "FAN_09,Fan 9,fan,F001,L001,hot\n";
    await page.getByLabel(t("import.choose")).setInputFiles({
      name: "devices.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(csv),
    });
    const rows = page.locator(".import-rows tbody tr");
    await rows.nth(2).waitFor();
    const texts = await rows.allTextContents();
    assert.match(texts[0] ?? "", /device_id/);
    assert.match(texts[1] ?? "", /rated_temp_max/);
    await page.getByRole("button", { name: t("import.do", { count: "1" }) }).click();
    await page.getByRole("link", { name: "FAN_07" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "FAN_09" }).count(), 0);
    assertQuiet(reader);
    await page.context().close();
  });

  it("shows what flows, in numbers that a second look can prove", async () => {
    const reader = await openReader(browser, {
      baseUrl: plant.iai.consoleUrl,
      language: "en",
      theme: "light",
    });
    const { page } = reader;
    await signIn(page, { language: "en", ...plant.person });
    await page.goto("/health");
    await page.locator(".station").filter({ hasText: "/s" }).nth(5).waitFor();
    assert.equal(await page.locator(".station").count(), 6);
    assertQuiet(reader);
    await page.context().close();
  });

  it("is there after at most 450 kB", () => {
    const script = join(root, "web", "check-size.ts");
    const done = spawnSync(process.execPath, [script, buildConsole()], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stdout + done.stderr);
  });
});
