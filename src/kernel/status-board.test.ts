import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimulatedClock } from "./clock.ts";
import { createStatusBoard } from "./status-board.ts";

describe("a status board", () => {
  it("runs while one part runs, and shows the trouble of the others", async () => {
    const clock = new SimulatedClock(1_000);
    const board = createStatusBoard(clock, ["a", "b"]);
    assert.equal(board.whole().state, "stopped");
    board.set("a", "connecting");
    board.set("b", "failed", "wrong password");
    assert.equal(board.whole().state, "failed");
    await clock.advance(500);
    board.set("a", "running");
    const { state, since, lastError } = board.whole();
    assert.deepEqual([state, since, lastError], ["running", 1_500, "wrong password"]);
    board.set("b", "running");
    assert.equal(board.whole().lastError, null);
  });

  it("keeps the reason while a part tries again, and calls only what is new news", () => {
    const board = createStatusBoard(new SimulatedClock(0), ["a"]);
    assert.equal(board.set("a", "connecting"), true);
    assert.equal(board.set("a", "connecting", "nobody answers"), true);
    assert.equal(board.set("a", "connecting", "nobody answers"), false);
    assert.equal(board.set("a", "connecting"), false);
    assert.equal(board.whole().lastError, "nobody answers");
    assert.equal(board.set("a", "running"), true);
    assert.equal(board.whole().lastError, null);
  });

  it("counts how often a part came back, and knows the newest value", () => {
    const board = createStatusBoard(new SimulatedClock(0), ["a"]);
    assert.equal(board.whole().lastValueAt, null);
    for (const state of ["running", "connecting", "running", "failed", "running"] as const)
      board.set("a", state);
    board.value("a", 7);
    board.value("a", 5);
    const { recoveries, lastValueAt } = board.whole();
    assert.deepEqual([recoveries, lastValueAt], [2, 7]);
  });
});
