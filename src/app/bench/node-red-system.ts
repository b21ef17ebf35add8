import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import { type SystemUnderTest, startNode, waitUntil } from "./system-under-test.ts";

/** Installed into a cache of its own, never among our dependencies. */
const VERSION = "4.1.15";
const READY_LIMIT_MS: Ms = 60_000;
const INSTALL_LIMIT_MS: Ms = 300_000;

export interface NodeRedSetup {
  readonly cacheDir: string;
  readonly port: number;
  readonly alertPort: number;
}

/** Installs Node-RED where it is not yet; its version is fixed. */
export function installNodeRed(cacheDir: string): void {
  if (existsSync(entryOf(cacheDir))) return;
  const folder = join(cacheDir, "node-red");
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`iai: installing node-red ${VERSION} into ${folder} (once) ...\n`);
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-save"];
  const done = spawnSync("npm", ["install", ...options, `node-red@${VERSION}`], {
    cwd: folder,
    encoding: "utf8",
    timeout: INSTALL_LIMIT_MS,
  });
  if (done.status !== 0 || !existsSync(entryOf(cacheDir))) {
    throw new IaiError(
      "INTERNAL",
      `Cannot install node-red ${VERSION}: ${done.stderr}; run with --peers none to go without`,
    );
  }
}

/** Node-RED with the flow that a user would draw for the same task; it stores nothing. */
export async function startNodeRed(setup: NodeRedSetup): Promise<SystemUnderTest> {
  const userDir = join(setup.cacheDir, "node-red-user");
  mkdirSync(userDir, { recursive: true });
  writeFileSync(join(userDir, "flows.json"), JSON.stringify(flowOf(setup.alertPort)));
  writeFileSync(join(userDir, "settings.js"), settingsOf(setup.port));
  const owned = startNode(
    [entryOf(setup.cacheDir), "--userDir", userDir, "--settings", join(userDir, "settings.js")],
    {},
  );
  const readingsUrl = `http://127.0.0.1:${setup.port}/readings`;
  const answers = async (): Promise<boolean> => {
    const headers = { "content-type": "application/json" };
    return (await fetch(readingsUrl, { method: "POST", headers, body: "[]" })).ok;
  };
  await waitUntil(answers, {
    owned,
    limitMs: READY_LIMIT_MS,
    what: "the start of Node-RED",
    pauseMs: 10,
  });
  return {
    name: "Node-RED",
    pid: owned.pid,
    readingsUrl,
    authorization: null,
    settle: async () => undefined,
    stop: () => owned.end("SIGTERM"),
  };
}

const entryOf = (cacheDir: string): string =>
  join(cacheDir, "node-red", "node_modules", "node-red", "red.js");

const settingsOf = (port: number): string => `module.exports = {
  uiHost: "127.0.0.1",
  uiPort: ${port},
  flowFile: "flows.json",
  credentialSecret: false,
  httpAdminRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
`;

/** HTTP in → answer, and → split → rule → HTTP request. */
function flowOf(alertPort: number): readonly object[] {
  const rule = [
    "const r = msg.payload;",
    "if (!(r.temperature > 80 && r.vibration > 1.0)) return null;",
    "const { device_id, timestamp, seq, temperature, vibration } = r;",
    'msg.payload = { condition: "composite", device_id, timestamp, seq, temperature, vibration };',
    'msg.headers = { "content-type": "application/json" };',
    "return msg;",
  ].join("\n");
  const place = { z: "flow", x: 0, y: 0 };
  return [
    { id: "flow", type: "tab", label: "readings" },
    {
      id: "in",
      type: "http in",
      url: "/readings",
      method: "post",
      wires: [["split", "answer"]],
      ...place,
    },
    { id: "answer", type: "http response", statusCode: "200", wires: [], ...place },
    { id: "split", type: "split", arraySplt: 1, arraySpltType: "len", wires: [["rule"]], ...place },
    { id: "rule", type: "function", func: rule, outputs: 1, wires: [["alert"]], ...place },
    {
      id: "alert",
      type: "http request",
      method: "POST",
      ret: "txt",
      paytoqs: "ignore",
      url: `http://127.0.0.1:${alertPort}/alerts`,
      persist: true,
      wires: [[]],
      ...place,
    },
  ];
}
