import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHeardLog } from "../../../test/fixtures/heard-log.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { MINUTE, SECOND } from "../../model/basics.ts";
import { listPresences, runPresence } from "./presence.ts";

const START = 1_000_000;

class Process {
  readonly clock = new SimulatedClock(START);
  readonly records = new InMemoryRecords();
  readonly log = createHeardLog();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  async begins(): Promise<void> {
    const { records, clock, log } = this;
    const about = { role: "archiver", apiUrl: "http://127.0.0.1:1" } as const;
    this.#running = runPresence({ records, clock, log, ...about }, this.#stop.signal);
    await clock.advance(0);
  }

  async ends(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  seen = () => listPresences(this.records, this.clock.now());
}

describe("presence", () => {
  it("tells of a process from its begin to its end, with when it was heard of last", async () => {
    const one = new Process();
    await one.begins();
    await one.clock.advance(25 * SECOND);
    const [presence, ...others] = await one.seen();
    assert.deepEqual(others, []);
    assert.equal(presence?.role, "archiver");
    assert.equal(presence?.apiUrl, "http://127.0.0.1:1");
    assert.equal(presence?.pid, process.pid);
    assert.deepEqual([presence?.startedAt, presence?.seenAt], [START, START + 20 * SECOND]);
    await one.ends();
    assert.deepEqual(await one.seen(), []);
  });

  it("forgets a process that was not heard of for a minute: it had no time to say good-bye", async () => {
    const one = new Process();
    await one.begins();
    const later = one.clock.now() + MINUTE;
    assert.equal((await listPresences(one.records, later - 1)).length, 1);
    assert.deepEqual(await listPresences(one.records, later), []);
    await one.ends();
  });

  it("goes on when the records were away", async () => {
    const one = new Process();
    one.records.failNext(new IaiError("RECORDS_UNREACHABLE", "Cannot store: away"));
    await one.begins();
    await one.log.heard("presence.postponed");
    assert.deepEqual(await one.seen(), []);
    await one.clock.advance(10 * SECOND);
    assert.equal((await one.seen()).length, 1);
    await one.ends();
  });

  it("takes no other setting for a process", async () => {
    const one = new Process();
    const setting = { name: "steps", value: {}, updatedAt: START };
    await one.records.transaction((tx) => tx.insert("setting", setting));
    assert.deepEqual(await one.seen(), []);
  });
});
