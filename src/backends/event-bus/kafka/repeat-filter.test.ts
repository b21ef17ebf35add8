import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RepeatFilter } from "./repeat-filter.ts";

describe("repeats", () => {
  const origin = (offset: number, appendedAt = 1_000 + offset, outbox = "a") => ({
    outbox,
    offset,
    appendedAt,
  });

  it("are what an outbox sent before, one by one or as a whole request", () => {
    const filter = new RepeatFilter();
    const sent = [1, 2, 3, 1, 2, 3, 4, 4, 5];
    const kept = sent.filter((offset) => !filter.isRepeat("p-0", origin(offset)));
    assert.deepEqual(kept, [1, 2, 3, 4, 5]);
    assert.equal(filter.seen, 4);
  });

  it("are not what another outbox sent, or what lies in another partition", () => {
    const filter = new RepeatFilter();
    assert.equal(filter.isRepeat("p-0", origin(7)), false);
    assert.equal(filter.isRepeat("p-0", origin(7, 1_007, "b")), false);
    assert.equal(filter.isRepeat("p-1", origin(7)), false);
  });

  it("are not the new records of an outbox that was restored and counts from an earlier number", () => {
    const filter = new RepeatFilter();
    for (const offset of [1, 2, 3, 4, 5]) filter.isRepeat("p-0", origin(offset));
    const afterRestore = [3, 4, 5, 6].map((offset) => origin(offset, 2_000 + offset));
    assert.deepEqual(
      afterRestore.map((record) => filter.isRepeat("p-0", record)),
      [false, false, false, false],
    );
    assert.equal(filter.isRepeat("p-0", origin(4, 2_004)), true);
  });

  it("are not what is read again from an earlier position", () => {
    const filter = new RepeatFilter();
    filter.isRepeat("p-0", origin(9));
    filter.forget("p-0");
    assert.equal(filter.isRepeat("p-0", origin(9)), false);
  });
});
