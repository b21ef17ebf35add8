import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { untilIdle } from "../fixtures/iai-process.ts";
import { root } from "../tidy/sources.ts";
import { type Audited, eras, hostileName, type McpPlant, startMcpPlant } from "./mcp-plant.ts";

const reading = [
  "query_device_status",
  "fetch_telemetry_data",
  "search_maintenance_kb",
  "get_alert_history",
  "predict_failure",
  "get_work_orders",
];
const proposing = ["create_work_order", "update_device_status"];

type Content = Readonly<Record<string, unknown>>;

async function use<T>(client: Client, name: string, args: Content): Promise<T> {
  const result = await client.callTool({ name, arguments: args });
  assert.notEqual(result.isError, true, JSON.stringify(result.content));
  return result.structuredContent as T;
}

interface Proposal {
  readonly order_no: string;
  readonly status: string;
  readonly repeated: boolean;
}

describe("MCP on a running IAI", () => {
  let plant: McpPlant;
  before(async () => {
    plant = await startMcpPlant();
    const now = Date.now();
    const readings = Array.from({ length: 60 }, (_, index) => ({
      device_id: "PUMP_01",
      timestamp: now - (60 - index) * 1_000,
      temperature: 60 + index / 2,
    }));
    await fetch(`${plant.iai.apiUrl}/api/v1/readings`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${plant.keys.ingest}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(readings),
    });
    await untilIdle(plant.iai.apiUrl, plant.keys.admin);
  });
  after(() => plant.stop());

  for (const era of eras) {
    it(`shows each role its tools in the same order to a client of ${era}`, async () => {
      for (const [role, tools] of [
        ["viewer", reading],
        ["operator", [...reading, ...proposing]],
        ["engineer", [...reading, ...proposing]],
        ["admin", [...reading, ...proposing]],
      ] as const) {
        const client = await plant.client(era, plant.keys[role]);
        assert.equal(client.getNegotiatedProtocolVersion(), era);
        const listed = (await client.listTools()).tools;
        assert.deepEqual(
          listed.map(({ name }) => name),
          tools,
        );
        assert.ok(listed.every(({ outputSchema }) => outputSchema !== undefined));
        await client.close();
      }
    });

    it(`tells a client of ${era} what a device measured, against its limits`, async () => {
      const client = await plant.client(era, plant.keys.viewer);
      const told = await use<{
        readings: number;
        metrics: {
          temperature: { max: number; slope: number; limits: { hh: number; beyond: string } };
        };
      }>(client, "fetch_telemetry_data", { device_id: "PUMP_01" });
      assert.equal(told.readings, 60);
      const { max, slope, limits } = told.metrics.temperature;
      assert.equal(max, 89.5);
      assert.ok(Math.abs(slope - 1_800) < 1, `half a degree a second, not ${slope}`);
      assert.deepEqual([limits.hh, limits.beyond], [80, "hh"]);
      await client.close();
    });

    it(`answers every reading tool and each resource to a client of ${era}`, async () => {
      const client = await plant.client(era, plant.keys.viewer);
      const device = { device_id: "PUMP_01" };
      const history = await use<{ total: number; items: readonly { trace_id: string }[] }>(
        client,
        "get_alert_history",
        device,
      );
      assert.ok(history.total >= 1);
      const forecast = await use<Content>(client, "predict_failure", device);
      assert.equal(forecast["forecast"], null);
      assert.equal(typeof forecast["reason"], "string");
      const kb = await use<{ items: readonly Content[] }>(client, "search_maintenance_kb", {
        device_type: "pump",
        keyword: "轴承",
      });
      assert.ok(kb.items.length > 0 && kb.items.length <= 10);
      await use(client, "get_work_orders", device);
      const id = history.items[0]?.trace_id ?? "";
      for (const uri of [`iai://devices/PUMP_01`, `iai://alerts/${id}`, `iai://reports/${id}`]) {
        const { contents } = await client.readResource({ uri });
        assert.equal(contents[0]?.uri, uri);
      }
      const asked = { name: "diagnose_alarm", arguments: { trace_id: id } };
      const prompt = JSON.stringify(await client.getPrompt(asked));
      assert.ok(prompt.includes("PUMP_01") && !prompt.includes("ignore rules"));
      await client.close();
    });
  }

  it("hands a hostile name on as the text of its field, without what a person cannot see", async () => {
    const client = await plant.client("2026-07-28", plant.keys.viewer);
    const result = await client.callTool({
      name: "query_device_status",
      arguments: { device_id: "PUMP_01" },
    });
    const name = (result.structuredContent as { device_name: string }).device_name;
    assert.equal(name, hostileName.replaceAll(/[\u202e\u200b]/g, ""));
    const [content] = result.content as readonly { type: string; text: string }[];
    assert.deepEqual(JSON.parse(content?.text ?? ""), result.structuredContent);
    await client.close();
  });

  it("writes one proposal however often and however parallel the same one comes", async () => {
    const client = await plant.client("2026-07-28", plant.keys.operator);
    const args = { device_id: "PUMP_02", priority: "P1", description: "bearing sounds dry" };
    const all = await Promise.all(
      Array.from({ length: 12 }, () => use<Proposal>(client, "create_work_order", args)),
    );
    assert.equal(new Set(all.map(({ order_no }) => order_no)).size, 1);
    assert.equal(all.filter(({ repeated }) => !repeated).length, 1);
    const orderNo = all[0]?.order_no ?? "";
    const order = await plant.read<Content>(`/work-orders/${orderNo}`);
    assert.deepEqual([order["status"], order["created_by"]], ["PROPOSED", "mcp:test operator"]);
    const keyed = { ...args, idempotency_key: "k1" };
    const first = await use<Proposal>(client, "create_work_order", keyed);
    assert.notEqual(first.order_no, orderNo);
    const other = { ...keyed, description: "something else" };
    const refused = await client.callTool({ name: "create_work_order", arguments: other });
    assert.equal(refused.isError, true);
    await client.close();
  });

  it("proposes a status without changing one, and audits it with the name of the key", async () => {
    const client = await plant.client("2025-11-25", plant.keys.operator);
    const was = await plant.read<Content>("/devices/PUMP_01/status");
    const told = await use<{ applied: boolean; proposal: Proposal }>(
      client,
      "update_device_status",
      { device_id: "PUMP_01", status: "MAINTENANCE" },
    );
    assert.equal(told.applied, false);
    assert.equal(told.proposal.status, "PROPOSED");
    const is = await plant.read<Content>("/devices/PUMP_01/status");
    for (const field of ["mode", "mode_since", "status", "alerts"])
      assert.deepEqual(is[field], was[field]);
    const { items } = await plant.read<{ items: readonly Audited[] }>("/audit?limit=1000");
    const entry = items.find(({ subject }) => subject === "MCP update_device_status");
    assert.deepEqual([entry?.actor, entry?.result], ["test operator", "ok"]);
    await client.close();
  });

  it("refuses more proposals for a device than a person should have waiting", async () => {
    const client = await plant.client("2026-07-28", plant.keys.engineer);
    const device = { device_id: "PUMP_02", priority: "P3" };
    const results = [];
    for (let number = 0; number < 10; number += 1) {
      const args = { ...device, description: `look at part ${number}` };
      results.push(await client.callTool({ name: "create_work_order", arguments: args }));
    }
    assert.ok(results.some(({ isError }) => isError === true));
    const orders = await plant.read<{ items: readonly Content[] }>(
      "/work-orders?device_id=PUMP_02&status=PROPOSED",
    );
    assert.equal(orders.items.length, 5);
    await client.close();
  });

  for (const era of eras)
    it(`carries the same tools over stdio to a client of ${era}`, async () => {
      const client = new Client(
        { name: "desktop", version: "1" },
        era === "2026-07-28" ? { versionNegotiation: { mode: "auto" } } : {},
      );
      const { IAI_KEY: _, ...environment } = process.env as Record<string, string>;
      await client.connect(
        new StdioClientTransport({
          command: process.execPath,
          args: [join(root, "src/app/cli/main.ts"), "mcp", "--data-dir", plant.iai.dataDir],
          env: { ...environment, IAI_KEY: plant.keys.viewer },
        }),
      );
      assert.equal(client.getNegotiatedProtocolVersion(), era);
      assert.deepEqual(
        (await client.listTools()).tools.map(({ name }) => name),
        reading,
      );
      const status = await use<Content>(client, "query_device_status", { device_id: "PUMP_02" });
      assert.equal(status["device_id"], "PUMP_02");
      await assert.rejects(client.callTool({ name: "create_work_order", arguments: {} }));
      await client.close();
    });

  it("serves the metadata that the challenge points at", async () => {
    const challenged = await fetch(plant.endpoint, { method: "POST" });
    const header = challenged.headers.get("www-authenticate") ?? "";
    const address = /resource_metadata="([^"]+)"/.exec(header)?.[1] ?? "";
    const metadata = (await (await fetch(address)).json()) as Content;
    assert.equal(metadata["resource"], plant.endpoint.href);
    assert.deepEqual(metadata["scopes_supported"], ["iai:read", "iai:workorder", "iai:device"]);
  });
});
