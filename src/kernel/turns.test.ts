import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCode } from "../../test/fixtures/is-code.ts";
import { createTurns } from "./turns.ts";

describe("turns", () => {
  it("lets no more than its places work at once, and refuses beyond the bound", async () => {
    const turns = createTurns({ places: 2, waitingMax: 1, action: "test" });
    const release = Promise.withResolvers<void>();
    const begun: number[] = [];
    const work = async (place: number): Promise<number> => {
      begun.push(place);
      await release.promise;
      return place;
    };
    const users = [turns.use(work), turns.use(work), turns.use(work)];
    await assert.rejects(turns.use(work), (failure) => isCode(failure, "QUEUE_FULL"));
    assert.equal(begun.length, 2);
    release.resolve();
    await Promise.all(users);
    assert.equal(begun.length, 3);
  });

  it("gives a place back when the work fails", async () => {
    const turns = createTurns({ places: 1, waitingMax: 1, action: "test" });
    const failure = new Error("on purpose");
    await assert.rejects(
      turns.use(() => Promise.reject(failure)),
      failure,
    );
    assert.equal(await turns.use(async () => "next"), "next");
  });

  it("drains: those who wait are served, new ones are refused", async () => {
    const turns = createTurns({ places: 1, waitingMax: 1, action: "test" });
    const release = Promise.withResolvers<void>();
    const first = turns.use(() => release.promise);
    const second = turns.use(async () => "served");
    const drained = turns.drain();
    await assert.rejects(
      turns.use(async () => "late"),
      (failure) => isCode(failure, "SHUTTING_DOWN"),
    );
    release.resolve();
    await first;
    assert.equal(await second, "served");
    await drained;
  });
});
