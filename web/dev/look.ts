import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { type Browser, chromium } from "playwright-core";

/**
 * Takes pictures of pages, and tells console errors, policy violations and what axe finds:
 * `node web/dev/look.ts --base http://127.0.0.1:3100 --out DIR [--paths /,/alarms] [--wide 1440,390]
 * [--themes light,dark] [--languages en,zh] [--axe]`.
 */
const { values } = parseArgs({
  options: {
    base: { type: "string", default: "http://127.0.0.1:3100" },
    out: { type: "string", default: "/tmp" },
    paths: { type: "string", default: "/" },
    wide: { type: "string", default: "1440" },
    themes: { type: "string", default: "light" },
    languages: { type: "string", default: "en" },
    axe: { type: "boolean", default: false },
    wait: { type: "string", default: "1500" },
    name: { type: "string", default: "" },
  },
});
const list = (text: string): string[] => text.split(",");
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
for (const theme of list(values.themes)) {
  for (const language of list(values.languages)) {
    for (const width of list(values.wide))
      await look(browser, { theme, language, width: Number(width) });
  }
}
await browser.close();

interface View {
  readonly theme: string;
  readonly language: string;
  readonly width: number;
}

async function look(opened: Browser, view: View): Promise<void> {
  const context = await opened.newContext({
    viewport: { width: view.width, height: view.width < 500 ? 844 : 900 },
    ...(values.axe ? { bypassCSP: true } : {}),
  });
  await context.addInitScript(
    (wish) => {
      localStorage.setItem("iai.preferences", JSON.stringify(wish));
      localStorage.setItem("iai.session", "1");
    },
    { theme: view.theme, language: view.language },
  );
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      say(`  console: ${message.text().slice(0, 300)}`);
  });
  page.on("pageerror", (failure) => say(`  page error: ${failure.message}`));
  for (const path of list(values.paths)) {
    const started = performance.now();
    await page.goto(values.base + path, { waitUntil: "load" });
    await page.waitForSelector("h1, h2, form", { timeout: 5000 }).catch(() => say("  no heading"));
    const painted = Math.round(performance.now() - started);
    await page.waitForTimeout(Number(values.wait));
    const name = `${values.name}${path.replaceAll(/[^a-z0-9]+/gi, "_")}-${view.theme}-${view.language}-${String(view.width)}`;
    const tall = await page.evaluate(() => document.documentElement.scrollHeight > 8000);
    await page.screenshot({ path: `${values.out}/${name}.png`, fullPage: !tall });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    say(`${name} ${String(painted)} ms${over > 0 ? ` WIDER BY ${String(over)}` : ""}`);
    if (values.axe) await runAxe(page);
  }
  await context.close();
}

async function runAxe(page: import("playwright-core").Page): Promise<void> {
  const source = readFileSync(
    createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
    "utf8",
  );
  await page.evaluate(source);
  const found = await page.evaluate(async () => {
    const axe = (
      window as unknown as {
        axe: {
          run: () => Promise<{
            violations: { id: string; impact: string; nodes: { html: string }[] }[];
          }>;
        };
      }
    ).axe;
    const { violations } = await axe.run();
    return violations.map(
      ({ id, impact, nodes }) =>
        `${impact} ${id} ×${String(nodes.length)} ${nodes[0]?.html.slice(0, 160) ?? ""}`,
    );
  });
  for (const line of found) say(`  axe: ${line}`);
}
