import { join } from "node:path";
import type { Role } from "../../model/access.ts";
import type { Ms } from "../../model/basics.ts";
import { commandLine, withAccess } from "../cli/open-access.ts";
import { repositoryRoot } from "../repository.ts";
import { breachCondition, breachRule, deviceIdOf } from "./load-plan.ts";
import {
  type OwnedProcess,
  type SystemUnderTest,
  startNode,
  waitUntil,
} from "./system-under-test.ts";

export const benchConfig = join(repositoryRoot, "bench.yaml");

export interface IaiSetup {
  readonly dataDir: string;
  readonly port: number;
  readonly adminKey: string;
}

/** This IAI under `bench.yaml`. */
export interface IaiSystem extends SystemUnderTest {
  /** From the start of the process to the first reading that was acknowledged. */
  readonly readyAfterMs: Ms;
  readonly owned: OwnedProcess;
}

const READY_LIMIT_MS: Ms = 60_000;
const SETTLE_LIMIT_MS: Ms = 30_000;

/** A data folder with a key; IAI need not run for it. */
export async function prepareIai(dataDir: string, port: number): Promise<IaiSetup> {
  const role: Role = "admin";
  const scope = { deviceIds: null, factoryId: null, lineId: null, expiresAt: null };
  const made = await withAccess({ config: benchConfig, dataDir }, (access) =>
    access.keys.create({ name: "bench", role, ...scope }, commandLine),
  );
  return { dataDir, port, adminKey: made.key };
}

/** Starts IAI as `./iai` does (with the flags this process was given) and waits for its first acknowledgement. */
export async function startIai(setup: IaiSetup): Promise<IaiSystem> {
  const begin = performance.now();
  const entry = join(repositoryRoot, "src", "app", "cli", "main.ts");
  const owned = startNode(
    [...process.execArgv, entry, "start", "--config", benchConfig, "--data-dir", setup.dataDir],
    {
      IAI_API_PORT: String(setup.port),
      IAI_CONSOLE_PORT: "0",
      NODE_COMPILE_CACHE:
        process.env["NODE_COMPILE_CACHE"] ??
        join(repositoryRoot, "node_modules", ".cache", "iai-compile"),
    },
  );
  const api = apiOf(setup);
  const acknowledges = async (): Promise<boolean> => {
    const reading = { device_id: "bench-probe", timestamp: Date.now(), temperature: 20 };
    return (await api("POST", "/readings", reading)).ok;
  };
  await waitUntil(acknowledges, {
    owned,
    limitMs: READY_LIMIT_MS,
    what: "the start of IAI",
    pauseMs: 10,
  });
  const readyAfterMs = performance.now() - begin;
  const isIdle = async (): Promise<boolean> => {
    const answer = await api("GET", "/system/idle");
    return ((await answer.json()) as { idle: boolean }).idle;
  };
  return {
    name: "IAI",
    pid: owned.pid,
    owned,
    readyAfterMs,
    readingsUrl: `http://127.0.0.1:${setup.port}/api/v1/readings`,
    authorization: `Bearer ${setup.adminKey}`,
    // A system that does not settle in time has its late work counted in the next run.
    settle: () =>
      waitUntil(isIdle, {
        owned,
        limitMs: SETTLE_LIMIT_MS,
        what: "the idle IAI",
        pauseMs: 250,
      }).catch((failure) => {
        if (owned.isGone()) throw failure;
      }),
    stop: () => owned.end("SIGTERM"),
  };
}

/** Registers the devices and the rule of the plans through the public API. */
export async function protectDevices(
  setup: IaiSetup,
  fleet: { readonly devicePrefix: string; readonly devices: number },
): Promise<void> {
  const api = apiOf(setup);
  const rule = { name: "bench", text: breachRule, condition: breachCondition, severity: "P1" };
  await expectOk(api("POST", "/rules", rule));
  for (let n = 0; n < fleet.devices; n += 1) {
    const device = {
      device_id: deviceIdOf(fleet, n),
      device_name: `Bench ${n}`,
      device_type: "pump",
      factory_id: "F1",
      line_id: "L1",
    };
    await expectOk(api("POST", "/devices", device));
  }
}

type Api = (method: string, path: string, body?: unknown) => Promise<Response>;

function apiOf({ port, adminKey }: IaiSetup): Api {
  return (method, path, body) =>
    fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

async function expectOk(asked: Promise<Response>): Promise<void> {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
