import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { by, Desk, startAt } from "../../../test/fixtures/alert-desk.ts";
import { anOrder } from "../../../test/fixtures/record-rows.ts";
import { HOUR, MINUTE, SECOND } from "../../model/basics.ts";

let desk = new Desk();
beforeEach(() => {
  desk = new Desk();
});

describe("what time does to alarms", () => {
  const running = async (work: () => Promise<void>) => {
    const stop = new AbortController();
    const done = desk.service.run(stop.signal);
    await desk.clock.advance(0);
    await work();
    stop.abort();
    await done;
  };

  it("ends a shelving when its time is over and tells of what nobody has seen", async () => {
    await desk.says({ notify: false });
    await desk.service.shelve("trace-1", { ...by("operator", "known"), until: startAt + HOUR });
    await running(() => desk.clock.advance(HOUR + 10 * SECOND));
    assert.equal((await desk.alert()).shelvedUntil, null);
    assert.equal(desk.told("hook").length, 1);
    assert.ok(desk.changes.includes("unshelve"));
  });

  it("repeats a P0 every 5 min until somebody acknowledges it", async () => {
    await desk.says({ alarm: { severity: "P0" } });
    const deliver = () =>
      desk.records.transaction((tx) => tx.update("outbox", {}, { state: "DELIVERED" }));
    await deliver();
    await running(async () => {
      await desk.clock.advance(5 * MINUTE + 10 * SECOND);
      assert.equal(desk.told("hook").length, 2);
      await deliver();
      await desk.clock.advance(5 * MINUTE + 10 * SECOND);
      assert.equal(desk.told("hook").length, 3);
      await deliver();
      await desk.service.acknowledge("trace-1", by("operator"));
      await desk.clock.advance(20 * MINUTE);
    });
    assert.equal(desk.told("hook").length, 3);
  });

  it("does not repeat what is still on its way, nor anything but P0", async () => {
    await desk.says({ alarm: { severity: "P0" } }, { alarm: { traceId: "trace-2" } });
    await running(() => desk.clock.advance(9 * MINUTE));
    assert.equal(desk.told().length, 2);
  });

  const toldBoss = () => desk.told("boss");

  it("tells those who are named for it of a P0 after 10 min and of a P1 after 30, once each", async () => {
    await desk.says({ alarm: { severity: "P0" } }, { alarm: { traceId: "trace-2" } });
    await running(async () => {
      await desk.clock.advance(9 * MINUTE);
      assert.deepEqual(toldBoss(), []);
      await desk.clock.advance(2 * MINUTE);
      assert.deepEqual(toldBoss(), ["trace-1-unanswered-P0-1:boss"]);
      await desk.clock.advance(20 * MINUTE);
      assert.deepEqual(toldBoss().slice(1), ["trace-2-unanswered-P1-1:boss"]);
      await desk.clock.advance(HOUR);
    });
    assert.equal(toldBoss().length, 2);
    const { history } = desk.service;
    assert.ok((await history("trace-1")).some(({ action }) => action === "unanswered"));
  });

  it("does not escalate what somebody has acknowledged or shelved, nor P2", async () => {
    await desk.says(
      { alarm: { severity: "P0" } },
      { alarm: { traceId: "trace-2" } },
      { alarm: { traceId: "trace-3", severity: "P2" } },
    );
    await desk.service.acknowledge("trace-1", by("operator"));
    const until = startAt + 8 * HOUR;
    await desk.service.shelve("trace-2", { ...by("operator", "known"), until });
    await running(() => desk.clock.advance(HOUR));
    assert.deepEqual(toldBoss(), []);
  });

  it("lets the time for an answer begin anew when an alarm becomes worse", async () => {
    await desk.says({});
    await running(async () => {
      await desk.clock.advance(29 * MINUTE);
      const at = desk.clock.now();
      await desk.says({ kind: "escalated", at, alarm: { severity: "P0", peakSeverity: "P0" } });
      await desk.clock.advance(9 * MINUTE);
      assert.deepEqual(toldBoss(), []);
      await desk.clock.advance(2 * MINUTE);
    });
    assert.deepEqual(toldBoss(), ["trace-1-unanswered-P0-1:boss"]);
  });

  it("tells them of a proposed order that nobody has approved for 10 min, also of an acknowledged alarm", async () => {
    await desk.says({});
    await desk.service.acknowledge("trace-1", by("operator"));
    const proposed = { status: "PROPOSED", createdAt: startAt } as const;
    const order = { ...anOrder("WO-1", "trace-1"), ...proposed };
    await desk.records.transaction((tx) => tx.insert("work_order", order));
    await running(() => desk.clock.advance(HOUR));
    assert.deepEqual(toldBoss(), ["WO-1-unanswered:boss"]);
  });
});
