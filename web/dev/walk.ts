import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

/**
 * Walks the main path on a running IAI from its one-time link: set-up, key, readings with a fault, alarm, order,
 * close-out. Tells every console error: `node web/dev/walk.ts --setup http://…/setup#token --out DIR`.
 */
const { values } = parseArgs({
  options: { setup: { type: "string", default: "" }, out: { type: "string", default: "/tmp" } },
});
const base = new URL(values.setup).origin;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "en-US" });
page.on("console", (message) => {
  if (message.type() === "error")
    say(`  console: ${message.text().slice(0, 300)} ${message.location().url}`);
});
page.on("pageerror", (failure) => say(`  page error: ${failure.message}`));
const shot = (name: string) =>
  page.screenshot({ path: `${values.out}/${name}.png`, fullPage: true });

await page.goto(values.setup);
await page.getByLabel("Name").fill("chen.yu");
await page.getByLabel(/Password/).fill("correct-horse-battery-staple");
await page.getByRole("button", { name: /administrator/ }).click();
await page.getByRole("heading", { name: "Overview" }).waitFor();
await shot("1-empty");

await page.goto(`${base}/access?tab=keys`);
await page.getByLabel("Name").fill("gateway");
await page.getByRole("button", { name: "Make the key" }).click();
const key = (await page.locator(".copy-block pre").first().textContent()) ?? "";
say(`key ${key.slice(0, 10)}…`);
await shot("2-key");
await page.getByRole("button", { name: "I have stored it" }).click();

await page.goto(`${base}/devices`);
await page.getByRole("button", { name: "Register a device" }).first().click();
const form = {
  Id: "PUMP_01",
  Name: "Feed pump",
  Type: "centrifugal_pump",
  Factory: "F001",
  Line: "L001",
};
for (const [label, text] of Object.entries(form)) {
  await page.getByLabel(label, { exact: true }).fill(text);
}
await page.getByLabel("vibration hh").fill("0.5");
await page.getByLabel("temperature hh").fill("95");
await shot("3-form");
await page.locator(".ant-drawer-footer").getByRole("button", { name: "Register a device" }).click();
await page.getByRole("link", { name: "PUMP_01" }).waitFor();
await shot("4-registry");

const count = 520;
const from = Date.now() - count * 1000;
const readings = Array.from({ length: count }, (_, i) => ({
  device_id: "PUMP_01",
  timestamp: from + i * 1000,
  temperature: 45 + Math.sin(i * 1.7) * 0.3,
  vibration: 0.22 + Math.sin(i * 2.3) * 0.006 + (i > 440 ? Math.min(0.33, (i - 440) * 0.006) : 0),
  current: 15.8 + Math.cos(i * 1.1) * 0.1,
  metrics: { flow: 32 + Math.sin(i * 0.9) * 0.4 },
}));
const answer = await fetch(`${base}/api/v1/readings`, {
  method: "POST",
  headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
  body: JSON.stringify(readings),
});
say(`readings ${String(answer.status)} ${(await answer.text()).slice(0, 200)}`);

await page.getByRole("link", { name: "Alarms" }).click();
await page.locator(".alarm-row .alarm-device a").first().waitFor({ timeout: 20_000 });
await shot("5-alarms");
await page.keyboard.press("Enter");
await page
  .getByText("Cheapest next check")
  .waitFor({ timeout: 20_000 })
  .catch(() => say("  no diagnosis"));
await page.waitForTimeout(1000);
await page
  .locator(".cite")
  .first()
  .hover()
  .catch(() => say("  no citation"));
await shot("6-alarm");
await page.getByRole("button", { name: "Acknowledge" }).click();
await page.waitForTimeout(800);
await page.goto(`${base}/devices/PUMP_01`);
await page.waitForTimeout(1500);
await shot("7-device");
await page.goto(`${base}/orders`);
await page.locator(".card").first().click();
await page
  .getByRole("button", { name: /^Approve/ })
  .click()
  .catch(() => say("  nothing to approve"));
await page.getByText("Was the alarm right?").waitFor();
await shot("8-order");
await page.getByText("right", { exact: true }).click();
await page.locator(".question").nth(1).locator("label").first().click();
await page.getByText("repair", { exact: true }).click();
const reason = page.getByLabel(/still active/);
if (await reason.isVisible()) await reason.fill("repaired on the spot");
await page.getByRole("button", { name: /^Close WO/ }).click();
await page
  .getByText("re-baselining is offered")
  .waitFor({ timeout: 5000 })
  .catch(() => say("  not closed"));
await shot("9-closed");
for (const path of [
  "rules",
  "knowledge",
  "quarantine",
  "notifications",
  "health",
  "audit",
  "orders?view=statistics",
]) {
  await page.goto(`${base}/${path}`);
  await page.waitForTimeout(900);
  await shot(`page-${path.replaceAll(/\W/g, "_")}`);
  if (await page.locator(".state-error, .state-forbidden").count()) say(`  ${path} shows an error`);
}
await browser.close();
