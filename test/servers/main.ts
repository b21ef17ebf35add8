import { parseArgs } from "node:util";
import { type ServerName, serverNames } from "./kinds.ts";
import type { Connection } from "./server.ts";
import {
  bringUp,
  placeOf,
  type RunStatus,
  type ServerRun,
  statusOf,
  takeDown,
} from "./server-runs.ts";

/** `iai servers`: exit code 0 done, 1 failed, 2 wrong usage. */

const usage = `Usage: iai servers up|down|status [names] [--json]

  up       fetch and start them; waits until each answers. One that runs is left, one that has died starts again
           with its data.
  down     end what \`up\` started and remove its data
  status   state, memory and address; with names: exit code 1 unless all of them run

Names: ${serverNames.join(", ")}; default: all
--json   print JSON; \`up\` then says how to connect, passwords included
Downloads stay in ~/.cache/iai/servers (IAI_SERVERS_CACHE), data and logs are in ~/.cache/iai/servers-run
(IAI_SERVERS_RUN).
`;

interface Order {
  readonly verb: "up" | "down" | "status";
  readonly names: readonly ServerName[];
  /** False: nobody was named, so it is about all. */
  readonly named: boolean;
  readonly json: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const order = readOrder(words);
  if (order === "help") {
    console.log(usage);
    return 0;
  }
  if (typeof order === "string") {
    console.error(`iai servers: ${order}\n\n${usage}`);
    return 2;
  }
  switch (order.verb) {
    case "up":
      return up(order);
    case "down":
      return down(order);
    case "status":
      return status(order);
  }
}

async function up({ names, json }: Order): Promise<number> {
  const runs: ServerRun[] = [];
  for (const name of names) {
    const run = await attempt(() => bringUp(name, (text) => console.error(text)));
    if (run !== null) runs.push(run);
  }
  if (json) console.log(JSON.stringify(runs.map(describeRun), null, 2));
  else if (runs.length > 0) {
    const rows = runs.map((run) => [run.name, run.version, addressOf(run), pidsOf(run.processes)]);
    console.log(table(["name", "version", "address", "pid"], rows));
  }
  return runs.length === names.length ? 0 : 1;
}

async function down({ names, json }: Order): Promise<number> {
  const ended: { readonly name: ServerName; readonly ended: boolean }[] = [];
  for (const name of names) {
    const done = await attempt(() => takeDown(name));
    if (done !== null) ended.push({ name, ended: done });
  }
  if (json) console.log(JSON.stringify(ended, null, 2));
  else
    for (const one of ended)
      console.log(`${one.name}: ${one.ended ? "ended, its data is removed" : "was not up"}`);
  return ended.length === names.length ? 0 : 1;
}

function status({ names, named, json }: Order): number {
  const found = names.map(statusOf);
  if (json) console.log(JSON.stringify(found.map(describeStatus), null, 2));
  else console.log(table(["name", "state", "memory", "address", "pid"], found.map(statusRow)));
  return named && found.some(({ state }) => state !== "running") ? 1 : 0;
}

/** null: it failed, and the reason is told. */
async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (failure) {
    console.error(`iai servers: ${failure instanceof Error ? failure.message : String(failure)}`);
    return null;
  }
}

/** A text: what is wrong with the words. */
function readOrder(words: readonly string[]): Order | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    const [verb, ...names] = positionals;
    if (values.help === true) return "help";
    if (verb !== "up" && verb !== "down" && verb !== "status")
      return verb === undefined ? "say what to do" : `there is no "${verb}"`;
    const strange = names.find((name) => !isServerName(name));
    if (strange !== undefined) return `there is no server "${strange}"`;
    const known = [...new Set(names.filter(isServerName))];
    return {
      verb,
      names: known.length === 0 ? serverNames : known,
      named: known.length > 0,
      json: values.json === true,
    };
  } catch (failure) {
    return failure instanceof Error ? failure.message : String(failure);
  }
}

function isServerName(name: string): name is ServerName {
  return serverNames.some((known) => known === name);
}

function describeRun(run: ServerRun) {
  const { name, version, connection, processes, readyMs } = run;
  return { name, version, ready_ms: readyMs, connection, processes, folder: placeOf(name) };
}

function describeStatus({ name, state, run, running, residentBytes }: RunStatus) {
  return {
    name,
    state,
    version: run?.version ?? null,
    address: run === null ? null : addressOf(run),
    resident_bytes: residentBytes,
    pids: running.map(({ pid }) => pid),
  };
}

function statusRow({ name, state, run, running, residentBytes }: RunStatus): readonly string[] {
  const memory = residentBytes === 0 ? "-" : `${Math.round(residentBytes / 1_048_576)} MB`;
  return [name, state, memory, run === null ? "-" : addressOf(run), pidsOf(running)];
}

function addressOf({ connection, ports }: ServerRun): string {
  return `${textOf(connection, "host") ?? "127.0.0.1"}:${textOf(connection, "port") ?? ports[0]}`;
}

function textOf(connection: Connection, key: string): string | null {
  const value = connection[key];
  return value === undefined ? null : String(value);
}

function pidsOf(processes: readonly { readonly pid: number }[]): string {
  return processes.length === 0 ? "-" : processes.map(({ pid }) => pid).join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
