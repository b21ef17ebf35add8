import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { by, Desk, startAt } from "../../../test/fixtures/alert-desk.ts";
import { aTransition } from "../../../test/fixtures/an-alarm.ts";
import type { ErrorCode } from "../../kernel/errors.ts";
import type { Role } from "../../model/access.ts";
import { HOUR } from "../../model/basics.ts";
import type { Notification } from "../../ports/notifier.ts";

const code = (expected: ErrorCode) => ({ code: expected });
let desk = new Desk();
beforeEach(() => {
  desk = new Desk();
});

describe("alert service: applying transitions", () => {
  it("stores alarm, history, notification and progress in one transaction", async () => {
    await desk.says({});
    assert.equal(desk.records.transactions, 1);
    const row = await desk.alert();
    assert.deepEqual(
      [row.status, row.alarmState, row.alertLevel],
      ["PENDING", "UNACK_ACTIVE", "P1"],
    );
    assert.equal(row.temperature, 96.25);
    assert.deepEqual(
      (await desk.service.history("trace-1")).map((h) => h.action),
      ["raised"],
    );
    assert.equal(desk.told().length, 1);
    const positions = desk.records
      .rows("consumer_position")
      .map(({ key, position }) => [key, position]);
    assert.deepEqual(positions, [["PUMP_01", 1]]);
  });

  it("tells machines that listen of every transition, people only of what is new to them", async () => {
    desk = new Desk(["plc"]);
    await desk.says(
      {},
      { kind: "cleared", notify: false, alarm: { state: "UNACK_CLEARED" } },
      { kind: "suppressed", notify: false, alarm: { suppressed: true } },
      { kind: "raised", alarm: { traceId: "trace-2", severity: "P3" } },
    );
    const told = desk.records.rows("outbox").map(({ target, payload }) => {
      return [target, (payload as unknown as Notification).kind];
    });
    assert.deepEqual(told, [
      ["plc", "raised"],
      ["hook", "raised"],
      ["plc", "cleared"],
      ["plc", "suppressed"],
      ["plc", "raised"],
    ]);
  });

  it("stores nothing when its transaction fails, and all of it when it comes again", async () => {
    desk.records.failNext();
    const transition = aTransition();
    await assert.rejects(desk.repeats([transition]), code("RECORDS_UNREACHABLE"));
    assert.deepEqual(desk.told(), []);
    await desk.repeats([transition]);
    assert.equal(desk.told().length, 1);
  });

  it("changes nothing and tells nobody when transitions come again", async () => {
    const said = await desk.says({}, { kind: "escalated", alarm: { severity: "P0" } });
    const before = await desk.alert();
    desk.clock.jump(1_000);
    await desk.repeats(said);
    assert.deepEqual(await desk.alert(), before);
    assert.equal(desk.told().length, 2);
    assert.deepEqual(desk.changes, ["raised", "escalated"]);
  });

  it("recognises what it knows when the numbers begin anew, and takes what is new", async () => {
    await desk.says({}, { kind: "cleared", notify: false, alarm: { state: "UNACK_CLEARED" } });
    desk.number = 0;
    await desk.says({}, { alarm: { traceId: "trace-2" } });
    assert.equal((await desk.alert()).alarmState, "UNACK_CLEARED");
    assert.equal((await desk.alert("trace-2")).alarmState, "UNACK_ACTIVE");
  });

  it("keeps what people and the diagnosis wrote", async () => {
    await desk.says({});
    await desk.service.assign("trace-1", { ...by("operator"), assignee: "Li" });
    await desk.setStatus("COMPLETED", "P1");
    await desk.says({ kind: "cleared", notify: false, alarm: { state: "UNACK_CLEARED" } });
    const row = await desk.alert();
    assert.deepEqual(
      [row.assignee, row.status, row.alarmState],
      ["Li", "COMPLETED", "UNACK_CLEARED"],
    );
  });

  it("asks for a new revision of the report when the severity rises, not when it stays", async () => {
    await desk.says({});
    await desk.setStatus("COMPLETED", "P1");
    await desk.says({ kind: "reopened", notify: false, alarm: { occurrences: 2 } });
    assert.equal((await desk.alert()).status, "COMPLETED");
    await desk.says({ kind: "escalated", alarm: { severity: "P0", peakSeverity: "P0" } });
    assert.equal((await desk.alert()).status, "PENDING");
  });

  it("leaves an ignored diagnosis ignored", async () => {
    await desk.says({});
    await desk.setStatus("IGNORED", "P1");
    await desk.says({ kind: "escalated", alarm: { severity: "P0" } });
    assert.equal((await desk.alert()).status, "IGNORED");
  });

  it("tells nobody of P3, and nobody when the transition does not ask for it", async () => {
    await desk.says(
      { alarm: { severity: "P3" } },
      { notify: false, alarm: { traceId: "trace-2" } },
    );
    assert.deepEqual(desk.told(), []);
  });

  it("groups alarms of one device beyond ten a minute under the first", async () => {
    const openedAt = (index: number) => startAt + index * 1_000;
    for (let index = 0; index < 12; index += 1) {
      await desk.says({ alarm: { traceId: `t-${index}`, openedAt: openedAt(index) } });
    }
    assert.equal((await desk.alert("t-9")).groupTraceId, null);
    assert.equal((await desk.alert("t-10")).groupTraceId, "t-0");
    assert.equal((await desk.alert("t-11")).groupTraceId, "t-0");
    assert.equal(desk.told().length, 12);
  });

  it("writes a storm in parts and remembers how far each device is", async () => {
    const storm = Array.from({ length: 450 }, (_, index) => ({
      alarm: { traceId: `t-${index}`, deviceId: `D${index}` },
    }));
    await desk.says(...storm);
    assert.equal(desk.records.rows("alert_log").length, 450);
    assert.equal(desk.records.transactions, 3);
    assert.equal(desk.records.rows("consumer_position").length, 450);
  });
});

describe("alert service: what people do", () => {
  it("acknowledges once, with name, history and an event for the steps", async () => {
    await desk.says({});
    const row = await desk.service.acknowledge("trace-1", by("operator"));
    assert.deepEqual([row.alarmState, row.acknowledgedBy], ["ACK_ACTIVE", "the operator"]);
    assert.deepEqual(desk.control.drafts, [
      {
        type: "alarm_action",
        deviceId: "PUMP_01",
        traceId: "trace-1",
        action: "acknowledge",
        until: null,
      },
    ]);
    assert.equal(desk.control.flushed, 1);
    await assert.rejects(
      desk.service.acknowledge("trace-1", by("operator")),
      code("STATE_REFUSED"),
    );
    const actors = (await desk.service.history("trace-1")).map(
      ({ actor, action }) => `${actor}: ${action}`,
    );
    assert.deepEqual(actors.toSorted(), ["system: raised", "the operator: acknowledge"]);
  });

  it("keeps an acknowledgement that the log could not take yet", async () => {
    await desk.says({});
    desk.control.failure = new Error("the log is full");
    await desk.service.acknowledge("trace-1", by("operator"));
    assert.equal((await desk.alert()).alarmState, "ACK_ACTIVE");
  });

  it("shelves for at most 8 h with a reason, and tells nobody meanwhile", async () => {
    await desk.says({ notify: false });
    const shelve = (hours: number, reason: string | null = "being repaired") =>
      desk.service.shelve("trace-1", { ...by("operator"), until: startAt + hours * HOUR, reason });
    await assert.rejects(shelve(9), code("INVALID_REQUEST"));
    await assert.rejects(shelve(0), code("INVALID_REQUEST"));
    await assert.rejects(shelve(8, " "), code("REASON_REQUIRED"));
    assert.equal((await shelve(8)).shelvedBy, "the operator");
    await desk.says({ kind: "reopened", alarm: { occurrences: 2 } });
    assert.deepEqual(desk.told(), []);
  });

  it("lets only an engineer shelve a P0, for at most 1 h", async () => {
    await desk.says({ alarm: { severity: "P0" } });
    const shelve = (role: Role, hours: number) =>
      desk.service.shelve("trace-1", { ...by(role, "known"), until: startAt + hours * HOUR });
    await assert.rejects(shelve("operator", 1), code("FORBIDDEN"));
    await assert.rejects(shelve("engineer", 2), code("INVALID_REQUEST"));
    assert.equal((await shelve("engineer", 1)).shelvedUntil, startAt + HOUR);
  });

  it("shows a shelved alarm again, and tells of it, when its severity rises", async () => {
    await desk.says({ notify: false });
    await desk.service.shelve("trace-1", { ...by("operator", "known"), until: startAt + HOUR });
    await desk.says({ kind: "escalated", alarm: { severity: "P0" } });
    assert.equal((await desk.alert()).shelvedUntil, null);
    assert.equal(desk.told().length, 1);
  });

  it("ignores with a reason, never while a P0 or P1 is active", async () => {
    await desk.says({});
    await assert.rejects(
      desk.service.ignore("trace-1", by("operator", "noise")),
      code("STATE_REFUSED"),
    );
    await desk.says({ kind: "cleared", notify: false, alarm: { state: "UNACK_CLEARED" } });
    await assert.rejects(desk.service.ignore("trace-1", by("operator")), code("REASON_REQUIRED"));
    const row = await desk.service.ignore("trace-1", by("operator", "noise"));
    assert.deepEqual([row.status, row.leaseToken, row.alarmState], ["IGNORED", 1, "UNACK_CLEARED"]);
  });

  it("takes an alarm out of service by an engineer, and tells nobody of it", async () => {
    await desk.says({ notify: false });
    const out = { outOfService: true };
    await assert.rejects(
      desk.service.setOutOfService("trace-1", { ...by("operator"), ...out }),
      code("FORBIDDEN"),
    );
    await desk.service.setOutOfService("trace-1", { ...by("engineer"), ...out });
    await desk.says({ kind: "escalated", alarm: { severity: "P0" } });
    assert.deepEqual(desk.told(), []);
  });

  it("asks for a new report when one is there, and refuses while one is being written", async () => {
    await desk.says({});
    await desk.setStatus("COMPLETED", "P1");
    assert.equal(
      (await desk.service.requestDiagnosis("trace-1", by("operator"))).status,
      "PENDING",
    );
    await desk.setStatus("DIAGNOSING");
    await assert.rejects(
      desk.service.requestDiagnosis("trace-1", by("operator")),
      code("STATE_REFUSED"),
    );
  });

  it("keeps comments with their author", async () => {
    await desk.says({});
    await desk.service.comment("trace-1", { ...by("operator"), text: "fan is blocked" });
    const [comment] = desk.records.rows("comment");
    assert.deepEqual([comment?.actor, comment?.text], ["the operator", "fan is blocked"]);
  });

  it("says so when there is no such alarm", async () => {
    await assert.rejects(desk.service.acknowledge("nobody", by("operator")), code("NOT_FOUND"));
    await assert.rejects(desk.service.get("nobody"), code("NOT_FOUND"));
  });
});
