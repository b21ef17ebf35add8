import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { sourceConfig } from "../../src/app/config/source-schema.ts";
import { inputOf, newDraft, protocols } from "../../web/src/features/sources/source-draft.ts";
import { openAedesPeer } from "../fixtures/aedes-peer.ts";
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
import { eventually } from "../fixtures/eventually.ts";
import { call } from "../fixtures/iai-process.ts";
import { type ModbusPeer, openModbusPeer } from "../fixtures/modbus-peer.ts";
import { createSparkplugPeer } from "../fixtures/sparkplug-node.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

describe("connecting a device", () => {
  let browser: Browser;
  let plant: ConsolePlant;
  let peer: ModbusPeer;
  before(async () => {
    browser = await openBrowser();
    peer = await openModbusPeer();
    peer.putFloat(1, 100, 212);
    plant = await startConsolePlant(dataDir);
  });
  after(async () => {
    await browser.close();
    await plant.iai.stop();
    await peer.die();
  });
  // After the hook above: the folder goes when nobody writes into it any more.
  const dataDir = temporaryFolder("browser-sources");

  const reader = async (language: Language, theme: Theme, who = plant.person) => {
    const opened = await openReader(browser, { baseUrl: plant.iai.consoleUrl, language, theme });
    await signIn(opened.page, { language, ...who });
    return opened;
  };
  /** A picture for people, where somebody asks for one. */
  const picture = async (page: Page, name: string): Promise<void> => {
    const folder = process.env["IAI_TEST_PICTURES"];
    if (folder !== undefined)
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  };

  it("shows decoded values before anything is kept, then keeps it, and readings come", async () => {
    const t = textsOf("en");
    const { page, ...rest } = await reader("en", "light");
    await page.goto("/sources");
    await page.getByRole("heading", { name: t("sources.empty") }).waitFor();
    await page
      .getByRole("link", { name: t("sources.connect") })
      .first()
      .click();
    await page.getByText(t("protocol.modbus"), { exact: true }).click();
    await page.getByLabel(t("connect.port"), { exact: true }).fill(String(peer.port));
    await page.getByLabel(`${t("connect.unit")} 1`, { exact: true }).fill("°F");
    await page.getByRole("button", { name: t("preview.look") }).click();
    const row = page.locator(".preview tbody tr").filter({ hasText: "temperature" });
    await row.waitFor();
    const seen = (await row.textContent()) ?? "";
    assert.match(seen, /100\.0.*°C.*212\.0 °F.*good/);
    assert.match(seen, new RegExp(t("preview.new_device")));
    await picture(page, "wizard-light-en");
    const sources = await call<{ items: unknown[] }>(
      `${plant.iai.apiUrl}/api/v1/sources`,
      plant.admin,
    );
    assert.deepEqual(sources.body.items, []);
    await page.getByLabel(t("connect.name"), { exact: true }).fill("hall-3");
    await page.getByRole("button", { name: t("connect.save", { name: "hall-3" }) }).click();
    const source = page.locator(".source").filter({ hasText: "hall-3" });
    await source.getByText("running", { exact: true }).first().waitFor();
    await source.getByText(t("sources.no_tag_errors")).waitFor();
    await picture(page, "sources-light-en");
    await page.goto("/devices/PUMP_01");
    await page.getByText("temperature").first().waitFor();
    assertQuiet({ page, ...rest });
    await page.context().close();
  });

  it("takes a register map from a table, and says row by row what is wrong with one", async () => {
    const t = textsOf("zh");
    const { page, ...rest } = await reader("zh", "dark");
    await page.goto("/sources/new?protocol=modbus");
    const choose = async (text: string): Promise<void> =>
      await page.locator('input[type="file"]').setInputFiles({
        name: "map.csv",
        mimeType: "text/csv",
        buffer: Buffer.from(text),
      });
    await choose("metric,function,address,unit\nflow,3,7,furlong\n");
    await page.getByText(t("connect.csv_row", { row: "2" })).waitFor();
    await choose("metric,function,address,type,unit\nflow,3,100,float32,L/min\nspeed,4,9,,rpm\n");
    await page.getByLabel(`${t("connect.metric")} 2`, { exact: true }).waitFor();
    assert.equal(
      await page.getByLabel(`${t("connect.metric")} 2`, { exact: true }).inputValue(),
      "speed",
    );
    await page.getByLabel(t("connect.port"), { exact: true }).fill(String(peer.port));
    await page.getByRole("button", { name: t("preview.look") }).click();
    await page.locator(".preview tbody tr").nth(1).waitFor();
    await picture(page, "wizard-dark-zh");
    assertQuiet({ page, ...rest });
    await page.context().close();
  });

  it("shows what a broker sends: JSON of any shape by its paths, and Sparkplug nodes by their births", async () => {
    const t = textsOf("en");
    const broker = await openAedesPeer();
    const { page, ...rest } = await reader("en", "light");
    const listenAs = async (protocol: string): Promise<void> => {
      await page.goto(`/sources/new?protocol=${protocol}`);
      await page.getByLabel(t("connect.broker")).fill(`mqtt://127.0.0.1:${broker.port}`);
      await pick(page, t("connect.mqtt_version"), "3.1.1");
    };
    const seen = page.locator(".preview tbody tr");
    const look = async (...messages: readonly (readonly [string, Buffer])[]): Promise<void> => {
      const before = Object.keys(broker.subscriptions()).length;
      await page.getByRole("button", { name: t("preview.look") }).click();
      await eventually(() => Object.keys(broker.subscriptions()).length > before);
      for (const [topic, payload] of messages) await broker.publish(topic, payload);
      await seen.first().waitFor();
    };
    await listenAs("mqtt");
    await page.getByLabel(t("connect.topic"), { exact: true }).fill("gw/{line_id}/{device_id}");
    await pick(page, t("connect.payload"), t("connect_choice.jsonpath"));
    await page.getByLabel(t("connect.items")).fill("$.rows[*]");
    await page.getByLabel(t("connect.time_field")).fill("");
    await page.getByRole("button", { name: t("connect.row_add") }).click();
    await page.getByLabel(`${t("connect.metric")} 1`).fill("temperature");
    await page.getByLabel(`${t("connect.path")} 1`).fill("$.v");
    await look(["gw/L1/FAN_01", Buffer.from('{"rows":[{"v":21.5}]}')]);
    assert.match((await seen.first().textContent()) ?? "", /temperature.*FAN_01.*21\.5 °C.*good/);
    await listenAs("sparkplug");
    const node = createSparkplugPeer({ group: "F001", node: "EDGE_1" }, () => Date.now());
    const metric = { name: "temperature", type: "Float", value: 33.5 } as const;
    await look(node.birth([]), node.deviceBirth("PUMP_42", [metric]));
    assert.match((await seen.first().textContent()) ?? "", /temperature.*PUMP_42.*33\.5 °C.*good/);
    // A look sends nothing to the field.
    assert.deepEqual(broker.commands(), []);
    assertQuiet({ page, ...rest });
    await page.context().close();
    await broker.close();
  });

  for (const protocol of protocols.filter((each) => each !== "http"))
    it(`begins with a form for ${protocol} that the server takes as it stands`, () => {
      const { kind, options } = inputOf(newDraft(protocol));
      const parsed = sourceConfig.safeParse({ ...options, kind, name: "x" });
      assert.deepEqual(parsed.error?.issues ?? [], []);
    });

  it("says what is wrong with the peer or with the form, and keeps nothing", async () => {
    const t = textsOf("en");
    const { page, complaints } = await reader("en", "dark");
    await page.goto("/sources/new?protocol=modbus");
    await page.getByLabel(t("connect.port"), { exact: true }).fill("9");
    await page.getByRole("button", { name: t("preview.look") }).click();
    await page.locator(".preview .source-error").filter({ hasText: "127.0.0.1:9" }).waitFor();
    complaints.expect(422);
    await page.getByLabel(t("connect.port"), { exact: true }).fill("many");
    await page.getByRole("button", { name: t("preview.again") }).click();
    await page.locator(".preview .state-error").filter({ hasText: "options.port" }).waitFor();
    await picture(page, "wizard-error-dark-en");
    assertQuiet({ page, complaints });
    await page.context().close();
  });

  it("is stopped, changed and removed from its row", async () => {
    const t = textsOf("en");
    const { page, ...rest } = await reader("en", "light");
    await page.goto("/sources?open=hall-3");
    const source = page.locator(".source").filter({ hasText: "hall-3" });
    await source.getByRole("button", { name: t("sources.stop"), exact: true }).click();
    await source.getByText(t("source_state.switched_off"), { exact: true }).waitFor();
    await source.getByRole("button", { name: t("sources.start"), exact: true }).click();
    await source.getByText(t("source_state.running"), { exact: true }).first().waitFor();
    await source.getByRole("link").click();
    const more = page.getByLabel(t("connect.more_label"));
    await more.waitFor();
    await more.fill((await more.inputValue()).replaceAll("PUMP_01", "PUMP_07"));
    await page.getByRole("button", { name: t("connect.change", { name: "hall-3" }) }).click();
    await source.getByText("PUMP_07", { exact: true }).first().waitFor();
    await source.getByRole("button", { name: t("sources.remove"), exact: true }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: t("sources.remove") })
      .click();
    await page.getByRole("heading", { name: t("sources.empty") }).waitFor();
    assertQuiet({ page, ...rest });
    await page.context().close();
  });

  it("is offered to nobody who may not, in words that say who can", async () => {
    const t = textsOf("zh");
    const person = { name: "wang.fang", password: "another-pass-phrase-for-the-day-shift" };
    const made = await call(`${plant.iai.apiUrl}/api/v1/users`, plant.admin, {
      body: { ...person, role: "viewer" },
    });
    assert.equal(made.status, 201);
    const { page, ...rest } = await reader("zh", "light", person);
    await page.goto("/sources");
    await page.getByText(t("sources.who_may")).waitFor();
    assert.equal(await page.getByRole("link", { name: t("sources.connect") }).count(), 0);
    await page.goto("/sources/new");
    await page.getByText(t("sources.who_may")).waitFor();
    assertQuiet({ page, ...rest });
    await page.context().close();
  });

  for (const [language, theme] of [
    ["en", "dark"],
    ["zh", "light"],
  ] as const)
    it(`has no serious barrier in the ${theme} theme, whatever the protocol`, async () => {
      const { page, ...rest } = await reader(language, theme);
      const found: string[] = [];
      for (const path of ["", "/new", ...["mqtt", "sparkplug", "modbus", "opcua"].map(formOf)]) {
        await page.goto(`/sources${path}`);
        await page.locator("h1").waitFor();
        await page.locator(".state-loading").first().waitFor({ state: "detached" });
        found.push(...(await seriousFindings(page)).map((line) => `${path} ${line}`));
      }
      assert.deepEqual(found, []);
      assertQuiet({ page, ...rest });
      await page.context().close();
    });
});

/** Chooses in a list as a person does. */
async function pick(page: Page, label: string, choice: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).click();
  await page.locator(".ant-select-item-option").filter({ hasText: choice }).first().click();
}

const formOf = (protocol: string): string => `/new?protocol=${protocol}`;
