import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { call, createKey, startIai } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";

const REQUESTS = 12;

describe("durability of an acknowledgement", () => {
  it("answers 2xx only after the fsync of the log append", async () => {
    const dataDir = temporaryFolder("fsync");
    const iai = await startIai({ dataDir });
    const key = createKey(dataDir, "ingest");
    const base = Date.now() - 60_000;
    const send = async (n: number): Promise<void> => {
      const body = { device_id: "TRACED", timestamp: base + n, temperature: n };
      const answer = await call(`${iai.apiUrl}/api/v1/readings`, key, { body });
      assert.equal(answer.status, 200);
    };
    await send(0);
    const trace = join(temporaryFolder("strace"), "strace.txt");
    const tracer = await attach(iai.pid, trace);
    for (let n = 1; n <= REQUESTS; n += 1) await send(n);
    tracer.kill("SIGINT");
    await once(tracer, "exit");
    assert.equal(await iai.stop(), 0);
    const answered = judge(readFileSync(trace, "utf8"));
    assert.equal(answered.length, REQUESTS);
    assert.deepEqual(
      answered.filter((ack) => !ack.synced),
      [],
    );
  });
});

/** Attaches strace to every thread of a process and waits until it says so. */
async function attach(pid: number, trace: string): Promise<ChildProcess> {
  const calls = "trace=fsync,fdatasync,write,writev,sendto,sendmsg,read,recvfrom,recvmsg";
  const tracer = spawn("strace", [
    "-f",
    "-y",
    "-s",
    "48",
    "-e",
    calls,
    "-o",
    trace,
    "-p",
    String(pid),
  ]);
  for await (const bytes of tracer.stderr) {
    if (String(bytes).includes("attached")) break;
  }
  return tracer;
}

interface Ack {
  readonly line: number;
  /** A sync of the log ended between the request's arrival and this answer. */
  readonly synced: boolean;
}

/** Walks the system calls in time: request in, sync of the log's file, answer out. */
function judge(text: string): readonly Ack[] {
  const acks: Ack[] = [];
  let waiting = false;
  let synced = false;
  const unfinished = new Set<string>();
  for (const [line, entry] of text.split("\n").entries()) {
    const thread = entry.split(" ")[0] ?? "";
    if (entry.includes('"POST /api/v1/readings')) {
      waiting = true;
      synced = false;
    }
    if (/f(data)?sync\(\d+<[^>]*log\.db/.test(entry)) {
      if (entry.includes("unfinished")) unfinished.add(thread);
      else if (entry.endsWith("= 0")) synced = true;
    }
    if (/f(data)?sync resumed/.test(entry) && unfinished.delete(thread) && entry.endsWith("= 0"))
      synced = true;
    if (waiting && entry.includes("HTTP/1.1 200")) {
      acks.push({ line, synced });
      waiting = false;
    }
  }
  return acks;
}
