import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import {
  assertQuiet,
  type Language,
  openBrowser,
  openReader,
  signIn,
  textsOf,
} from "../fixtures/browser.ts";
import { type ConsolePlant, raiseAlarm, startConsolePlant } from "../fixtures/console-plant.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

describe("the console, from the alarm to the closed order", () => {
  let browser: Browser;
  let plant: ConsolePlant;
  before(async () => {
    browser = await openBrowser();
    plant = await startConsolePlant(dataDir);
  });
  after(async () => {
    await browser.close();
    await plant.iai.stop();
  });
  // After the hook above: the folder goes when nobody writes into it any more.
  const dataDir = temporaryFolder("browser-main-path");

  for (const [language, theme] of [
    ["en", "light"],
    ["zh", "dark"],
  ] as const) {
    it(`leads a person through it in ${language}`, async () => {
      const device = `PUMP_${language.toUpperCase()}`;
      const traceId = await raiseAlarm(plant, device, `L-${language}`);
      const reader = await openReader(browser, {
        baseUrl: plant.iai.consoleUrl,
        language,
        theme,
      });
      const { page } = reader;
      await signIn(page, { language, ...plant.person });
      await seesTheFleet(page, { device, line: `L-${language}` });
      await readsTheAlarm(page, { language, traceId, device });
      await acknowledgesAndApproves(page, language);
      await closesTheOrder(page, language);
      await seesTheVerdictCounted(page, language);
      await readsTheDevice(page, device);
      assertQuiet(reader);
      await page.context().close();
    });
  }
});

async function seesTheFleet(page: Page, at: { device: string; line: string }): Promise<void> {
  const line = page.locator("section.line", { has: page.getByRole("heading", { name: at.line }) });
  await line.locator("a.tile", { hasText: at.device }).waitFor();
  assert.equal(await line.locator("a.tile").count(), 1);
}

async function readsTheAlarm(
  page: Page,
  { language, traceId, device }: { language: Language; traceId: string; device: string },
): Promise<void> {
  const t = textsOf(language);
  await page.getByRole("link", { name: t("nav.alarms"), exact: true }).click();
  await page.locator(".alarm-row", { hasText: device }).first().waitFor();
  await page.goto(`/alarms/${traceId}`);
  for (const panel of [
    "story.what_changed",
    "diagnosis.title",
    "why.title",
    "story.order",
    "story.before",
    "history.title",
  ] as const) {
    await page.getByRole("heading", { level: 2, name: t(panel), exact: true }).waitFor();
  }
  await page.locator(".story-changed canvas").first().waitFor();
  await page.locator(".hypothesis-first").waitFor();
  assert.ok((await page.locator(".why li").count()) > 0, "no clause explains the alarm");
  // A number of evidence highlights the evidence it cites.
  const cite = page.locator(".story-told p .cite").first();
  const id = (await cite.textContent()) ?? "";
  await cite.hover();
  await page.locator(".cite-on", { hasText: id }).first().waitFor();
  assert.ok((await page.locator(".ledger li").count()) >= 3, "a report without evidence");
}

async function acknowledgesAndApproves(page: Page, language: Language): Promise<void> {
  const t = textsOf(language);
  const acknowledge = page.getByRole("button", { name: t("alarm.acknowledge"), exact: true });
  await acknowledge.click();
  await acknowledge.waitFor({ state: "detached" });
  await page.getByRole("button", { name: t("order.approve"), exact: true }).click();
  await page.getByText(t("order_status.OPEN"), { exact: true }).waitFor();
  await page.locator(".story-pair a", { hasText: /^WO-/ }).first().click();
  await page.getByRole("button", { name: t("order.start"), exact: true }).click();
  await page.getByText(t("order_status.IN_PROGRESS"), { exact: true }).waitFor();
}

/** Three questions and one button; the alarm is still active, so the reason is written and costs no click. */
async function closesTheOrder(page: Page, language: Language): Promise<void> {
  const t = textsOf(language);
  const order = /WO-\d{8}-\d{4}/.exec(page.url())?.[0] ?? "";
  let clicks = 0;
  const tap = async (what: Locator): Promise<void> => {
    clicks += 1;
    await what.click();
  };
  const reason = page.getByLabel(t("close.active"));
  if (await reason.isVisible()) await reason.fill("balanced on the spot");
  const question = (at: number): Locator =>
    page.locator(".question").nth(at).locator("label").first();
  for (const at of [0, 1, 2]) await tap(question(at));
  await tap(page.getByRole("button", { name: t("close.do", { order }), exact: true }));
  await page.getByText(t("order_status.COMPLETED"), { exact: true }).first().waitFor();
  await page.getByRole("heading", { name: t("close.verdict"), exact: true }).waitFor();
  assert.ok(clicks <= 4, `${clicks} clicks`);
}

async function seesTheVerdictCounted(page: Page, language: Language): Promise<void> {
  const t = textsOf(language);
  await page.goto("/orders?view=statistics");
  const panel = page.locator(".panel", {
    has: page.getByRole("heading", { name: t("statistics.by_detector"), exact: true }),
  });
  await panel.locator("tbody tr").first().waitFor();
  const right = Number(await panel.locator("tbody tr").first().locator("td").nth(1).textContent());
  assert.ok(right >= 1, "the verdict is not counted");
}

async function readsTheDevice(page: Page, device: string): Promise<void> {
  await page.goto(`/devices/${device}`);
  await page.getByRole("heading", { level: 1, name: device }).waitFor();
  await page.locator("section.metric canvas").nth(3).waitFor();
  assert.equal(await page.locator("section.metric").count(), 4);
}
