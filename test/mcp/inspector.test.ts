import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root } from "../tidy/sources.ts";
import { type Era, type McpPlant, startMcpPlant } from "./mcp-plant.ts";

const inspector = join(
  root,
  "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
);
/** What the inspector calls the two eras of the protocol. */
const eras: readonly (readonly [Era, string])[] = [
  ["2025-11-25", "legacy"],
  ["2026-07-28", "modern"],
];

/** Its exit code where a tool's schema is not portable. */
const UNPORTABLE = 6;

interface Inspected {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the MCP inspector, strict, on a running IAI", () => {
  let plant: McpPlant;
  before(async () => {
    plant = await startMcpPlant();
  });
  after(() => plant.stop());

  const inspect = (method: string, era: string, more: readonly string[] = []): Promise<Inspected> =>
    run([
      ...["--transport", "http", "--server-url", plant.endpoint.href],
      ...["--header", `Authorization: Bearer ${plant.keys.operator}`],
      ...["--protocol-era", era, "--method", method, "--format", "json", ...more],
    ]);

  for (const [version, era] of eras) {
    it(`finds no tool schema that a client could stumble over (${version})`, async () => {
      const { code, stdout, stderr } = await inspect("tools/list", era, ["--strict"]);
      assert.equal(code, 0, stderr);
      const { tools } = (JSON.parse(stdout) as { result: { tools: readonly object[] } }).result;
      assert.equal(tools.length, 8);
      // A warning names its tool too: there is none.
      assert.ok(!/create_work_order|query_device_status|fetch_telemetry/.test(stderr), stderr);
    });
  }

  it("finds one where there is one", async () => {
    const server = join(root, "test/mcp/unportable-server.ts");
    const { code } = await run([
      ...[process.execPath, server, "--method", "tools/list", "--strict"],
    ]);
    assert.equal(code, UNPORTABLE);
  });

  it("lists resources, their templates and prompts", async () => {
    for (const [method, field] of [
      ["resources/list", "resources"],
      ["resources/templates/list", "resourceTemplates"],
      ["prompts/list", "prompts"],
    ] as const) {
      const { code, stdout, stderr } = await inspect(method, "modern");
      assert.equal(code, 0, stderr);
      const { result } = JSON.parse(stdout) as { result: Record<string, readonly object[]> };
      assert.ok((result[field] ?? []).length > 0, method);
    }
  });

  it("calls a tool", async () => {
    const { code, stdout, stderr } = await inspect("tools/call", "modern", [
      ...["--tool-name", "query_device_status", "--tool-arg", "device_id=PUMP_02"],
    ]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes('"PUMP_02"'));
  });
});

function run(args: readonly string[]): Promise<Inspected> {
  return new Promise((resolve) => {
    const whole = [inspector, "--cli", ...args];
    execFile(process.execPath, whole, { timeout: 120_000 }, (failure, stdout, stderr) => {
      const code = typeof failure?.code === "number" ? failure.code : failure === null ? 0 : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
