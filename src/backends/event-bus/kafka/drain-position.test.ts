import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { createCountingIds } from "../../../kernel/ids.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { BusBatch, DeliveredRecord, EventBus } from "../../../ports/event-bus.ts";
import { openDrainPosition } from "./drain-position.ts";

describe("the position up to which an outbox is carried", () => {
  const folder = temporaryFolder("drain-position");
  const ids = createCountingIds("outbox");
  let path: string;
  let files = 0;
  beforeEach(() => {
    files += 1;
    path = join(folder, `position-${files}.json`);
  });

  const aRecord = (offset: number, appendedAt = 1_000 + offset): DeliveredRecord => ({
    topic: "control",
    key: "*",
    value: Buffer.alloc(0),
    partition: "0",
    offset,
    appendedAt,
  });
  const open = (outbox: Pick<EventBus, "subscribe" | "health">) =>
    openDrainPosition({ path, outbox, ids, log: silentLog });

  /** Carried up to 9, written down, and opened again on `outbox`. */
  async function reopened(outbox: Pick<EventBus, "subscribe" | "health">) {
    const first = await open(anOutbox([aRecord(9)], 10));
    first.moveTo({ "0": 10 }, aRecord(9));
    await first.save();
    return { first, again: await open(outbox) };
  }

  it("is found again, under the same name", async () => {
    const { first, again } = await reopened(anOutbox([aRecord(9)], 10));
    assert.deepEqual(again.next, { "0": 10 });
    assert.equal(again.outbox, first.outbox);
  });

  it("is found again when the outbox has deleted what was carried", async () => {
    const { again } = await reopened(anOutbox([aRecord(12)], 13));
    assert.deepEqual(again.next, { "0": 10 });
  });

  it("begins anew, under a new name, when the outbox is shorter than what was carried", async () => {
    const { first, again } = await reopened(anOutbox([aRecord(4)], 5));
    assert.deepEqual(again.next, {});
    assert.notEqual(again.outbox, first.outbox);
  });

  it("begins anew when another record lies where the last one was carried", async () => {
    const { first, again } = await reopened(anOutbox([aRecord(9, 77_777), aRecord(10)], 11));
    assert.deepEqual(again.next, {});
    assert.notEqual(again.outbox, first.outbox);
  });

  it("begins anew when its file cannot be read", async () => {
    writeFileSync(path, "{");
    assert.deepEqual((await open(anOutbox([aRecord(9)], 10))).next, {});
  });
});

/** An outbox that holds these records and ends at `end`. */
function anOutbox(
  records: readonly DeliveredRecord[],
  end: number,
): Pick<EventBus, "subscribe" | "health"> {
  return {
    health: async () => ({
      end: { "0": end },
      oldestAt: null,
      bytes: 0,
      refusing: null,
      lastAppendMs: null,
    }),
    subscribe: async function* ({ from }): AsyncGenerator<BusBatch> {
      const at = from?.["0"] ?? 1;
      yield { records: records.filter(({ offset }) => offset >= at), next: { "0": end } };
    },
  };
}
