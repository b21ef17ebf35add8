import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import {
  assertQuiet,
  type Language,
  openBrowser,
  openReader,
  seriousFindings,
  signIn,
  type Theme,
  textsOf,
} from "../fixtures/browser.ts";
import { type ConsolePlant, startConsolePlant } from "../fixtures/console-plant.ts";
import { call } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

describe("the knowledge page", () => {
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
  const dataDir = temporaryFolder("browser-knowledge");

  const reader = async (language: Language, theme: Theme) => {
    const opened = await openReader(browser, { baseUrl: plant.iai.consoleUrl, language, theme });
    await signIn(opened.page, { language, ...plant.person });
    return opened;
  };
  const firstEntry = (page: Page) => page.locator(".kb-list details").first();

  it("finds an entry by an everyday word, saves it as the next version and shows what changed", async () => {
    const t = textsOf("en");
    const opened = await reader("en", "light");
    const { page } = opened;
    await page.goto("/knowledge?find=deadheaded&type=pump");
    const entry = firstEntry(page).filter({ hasText: "Running against a closed discharge" });
    await entry.locator("summary").click();
    await entry.getByRole("button", { name: t("kb.edit"), exact: true }).click();
    const parts = page.getByLabel(t("kb.parts"), { exact: true });
    await parts.fill("check valve disc\ngland packing");
    await page.getByLabel(t("kb.why"), { exact: true }).fill("needed last time");
    await page.getByRole("button", { name: t("kb.save_version", { version: "2" }) }).click();
    await entry.getByText("gland packing").waitFor();
    await entry.getByRole("button", { name: t("kb.history"), exact: true }).click();
    await page.getByText("needed last time").waitFor();
    await page.locator(".kb-difference ins").filter({ hasText: "gland packing" }).waitFor();
    const { admin, iai } = plant;
    const stored = await call(`${iai.apiUrl}/api/v1/kb/KB-PUMP-CLOSED-DISCHARGE`, admin);
    assert.equal((stored.body as { readonly version: number }).version, 2);
    assertQuiet(opened);
  });

  it("checks a table line by line before it writes anything", async () => {
    const t = textsOf("zh");
    const opened = await reader("zh", "dark");
    const { page } = opened;
    await page.goto("/knowledge");
    await page.getByRole("button", { name: t("kbimport.open"), exact: true }).click();
    const lines = [
      "kb_id,device_type,category,fault_pattern_zh,symptoms_zh,root_cause_zh,solution_zh",
      "KB-PLANT-1,pump,leak,放气塞渗漏,滴水,旧,换",
      "KB-PLANT-2,pump,rust,放气塞渗漏,滴水,旧,换",
    ];
    const file = { name: "kb.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) };
    await page.setInputFiles('input[type="file"]', file);
    await page.getByRole("row").filter({ hasText: "KB-PLANT-2" }).getByText("category").waitFor();
    const { admin, iai } = plant;
    const read = () => call(`${iai.apiUrl}/api/v1/kb/KB-PLANT-1`, admin);
    assert.equal((await read()).status, 404);
    await page.getByRole("button", { name: t("kbimport.do", { count: "1" }) }).click();
    await page.getByText(t("kbimport.done", { written: "1", refused: "1" })).waitFor();
    assert.equal((await read()).status, 200);
    assert.deepEqual(await seriousFindings(page), []);
    assertQuiet(opened);
  });
});
