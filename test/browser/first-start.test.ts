import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { assertQuiet, openBrowser, openReader, textsOf } from "../fixtures/browser.ts";
import { startConsole } from "../fixtures/console-plant.ts";
import { type IaiProcess, until } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const run = promisify(execFile);

describe("the very first start", () => {
  let browser: Browser;
  let iai: IaiProcess;
  let link: string;
  before(async () => {
    browser = await openBrowser();
    iai = await startConsole(dataDir);
    link =
      (await until(
        async () => iai.setupLink,
        (found) => found !== null,
        5_000,
      )) ?? "";
  });
  after(async () => {
    await browser.close();
    await iai.stop();
  });
  // After the hook above: the folder goes when nobody writes into it any more.
  const dataDir = temporaryFolder("browser-first-start");

  it("leads from the one-time link to the first device, by the line that the empty page shows", async () => {
    const t = textsOf("en");
    const reader = await openReader(browser, {
      baseUrl: iai.consoleUrl,
      language: "en",
      theme: "light",
    });
    const { page } = reader;
    await page.goto(link);
    await page.getByLabel(t("login.name"), { exact: true }).fill("chen.yu");
    await page.getByLabel(t("setup.password"), { exact: true }).fill("a-long-pass-phrase");
    await page.getByRole("button", { name: t("setup.submit") }).click();
    await page.getByRole("heading", { name: t("overview.empty") }).waitFor();
    const command = (await page.locator(".copy-block pre").textContent()) ?? "";

    const other = await page.context().newPage();
    await other.goto("/access?tab=keys");
    await other.getByLabel(t("access.name"), { exact: true }).fill("gateway");
    await other.getByRole("button", { name: t("access.make_key") }).click();
    const key = (await other.locator(".copy-block pre").first().textContent()) ?? "";
    assert.match(key, /^iai_/);
    await other.getByRole("button", { name: t("access.key_done") }).click();
    await other.locator("td", { hasText: "gateway" }).first().waitFor();
    await other.close();

    const { stdout } = await run("sh", ["-c", command], {
      env: { ...process.env, IAI_KEY: key, no_proxy: "*" },
    });
    assert.equal((JSON.parse(stdout) as { accepted: number }).accepted, 1);
    // Nobody reloads the page: the live stream brings the device.
    await page.locator("a.tile", { hasText: "PUMP_01" }).waitFor();
    assertQuiet(reader);
    await page.context().close();
  });

  it("does not take the one-time link twice", async () => {
    const t = textsOf("en");
    const reader = await openReader(browser, {
      baseUrl: iai.consoleUrl,
      language: "en",
      theme: "dark",
    });
    const { page, complaints } = reader;
    for (const status of [401, 403, 409]) complaints.expect(status);
    await page.goto(link);
    await page.getByLabel(t("login.name"), { exact: true }).fill("mallory");
    await page.getByLabel(t("setup.password"), { exact: true }).fill("another-pass-phrase");
    await page.getByRole("button", { name: t("setup.submit") }).click();
    await page.getByRole("alert").waitFor();
    assertQuiet(reader);
    await page.context().close();
  });
});
