import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { FastifyInstance } from "fastify";
import { systemClock } from "../../../src/kernel/clock.ts";
import { createApiServer } from "../../../src/present/api/server.ts";
import { createKey, type IaiProcess, startIai } from "../../fixtures/iai-process.ts";
import { simulatePlant, testOptions } from "../../fixtures/simulated-plant.ts";
import { temporaryFolder } from "../../fixtures/temporary-folder.ts";
import { openFixtureHost } from "./fixture-host.ts";
import { openKeyRelay } from "./key-relay.ts";
import { runConformance } from "./runner.ts";

/** Scored scenarios of each revision's frozen set. */
const revisions = [
  ["2026-07-28", 37],
  ["2025-11-25", 30],
] as const;

describe("the official conformance runner, through IAI's own server, guards and host", () => {
  let app: FastifyInstance;
  let relay: Awaited<ReturnType<typeof openKeyRelay>>;
  before(async () => {
    const services = { ...simulatePlant().services, clock: systemClock };
    const mcp = { open: async () => openFixtureHost(), requestsPerSecond: 0 };
    app = await createApiServer(services, { ...testOptions, mcp });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    relay = await openKeyRelay(new URL(`http://127.0.0.1:${port}`), "operator");
  });
  after(async () => {
    await relay.close();
    await app.close();
  });

  for (const [revision, scored] of revisions)
    it(`passes every scored server scenario of ${revision}`, async () => {
      const folder = temporaryFolder("conformance");
      const asked = ["--requirements", revision];
      const { status, output } = await runConformance(relay.url, asked, folder);
      assert.equal(status, 0, output);
      assert.ok(readdirSync(folder).length >= scored, "the runner ran its whole set");
    });
});

/** Scenarios that look at the transport alone and need no tool of the runner. */
const transportScenarios = [
  ["2026-07-28", "caching"],
  ["2026-07-28", "tools-list"],
  ["2026-07-28", "resources-list"],
  ["2026-07-28", "prompts-list"],
  ["2026-07-28", "sep-2164-resource-not-found"],
  ["2026-07-28", "dns-rebinding-protection"],
  ["2026-07-28", "http-header-validation"],
  ["2026-07-28", "input-required-result-unsupported-methods"],
  ["2025-11-25", "server-initialize"],
  ["2025-11-25", "ping"],
  ["2025-11-25", "tools-list"],
  ["2025-11-25", "resources-list"],
  ["2025-11-25", "prompts-list"],
  ["2025-11-25", "dns-rebinding-protection"],
] as const;

/** Checks of `server-stateless` that need tools of the runner; the fixture above passes them. */
const needTools = [
  "sep-2575-server-rejects-undeclared-capability",
  "sep-2575-missing-capability-http-400",
  "sep-2575-http-server-no-independent-requests-on-stream",
  "sep-2575-server-no-log-without-loglevel",
];

describe("the official conformance runner, against a running IAI", () => {
  let iai: IaiProcess;
  let dataDir: string;
  let relay: Awaited<ReturnType<typeof openKeyRelay>>;
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "iai-mcp-"));
    iai = await startIai({ dataDir, forSuite: true });
    relay = await openKeyRelay(new URL(iai.apiUrl), createKey(dataDir, "operator"));
  });
  after(async () => {
    await relay.close();
    await iai.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  for (const [revision, scenario] of transportScenarios)
    it(`passes ${scenario} of ${revision}`, async () => {
      const asked = ["--scenario", scenario, "--spec-version", revision];
      const folder = temporaryFolder("conformance");
      const { status, output } = await runConformance(relay.url, asked, folder);
      assert.equal(status, 0, output);
    });

  it("passes server-stateless of 2026-07-28 but for the checks that need tools of the runner", async () => {
    const folder = temporaryFolder("conformance");
    const baseline = join(folder, "expected-failures.yml");
    const entries = needTools.map((check) => `  - server-stateless:${check}\n`);
    writeFileSync(baseline, `server:\n${entries.join("")}`);
    const asked = ["--scenario", "server-stateless", "--spec-version", "2026-07-28"];
    const known = ["--expected-failures", baseline];
    const { status, output } = await runConformance(relay.url, [...asked, ...known], folder);
    assert.equal(status, 0, output);
  });
});
