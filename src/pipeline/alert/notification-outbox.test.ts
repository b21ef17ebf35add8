import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { anAlarm } from "../../../test/fixtures/an-alarm.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { RecordingNotifier } from "../../../test/fixtures/recording-notifier.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { silentLog } from "../../kernel/log.ts";
import { MINUTE, SECOND } from "../../model/basics.ts";
import type { Notification } from "../../ports/notifier.ts";
import { createNotificationOutbox, type NotificationOutbox } from "./notification-outbox.ts";

const away = new IaiError("NOTIFY_UNREACHABLE", "Cannot notify: no answer");
const refusal = new IaiError("NOTIFY_REFUSED", "Cannot notify: 400");

const aNotification = (notificationId: string, traceId: string): Notification => ({
  notificationId,
  kind: "raised",
  at: 0,
  deviceName: "Pump 1",
  factoryId: "F1",
  lineId: "L1",
  alarm: anAlarm({ traceId }),
  title: "P1 over-temperature",
  text: "Act within 30 min.",
  link: null,
});

class PostOffice {
  readonly clock = new SimulatedClock(Date.UTC(2026, 1, 28, 12));
  readonly records = new InMemoryRecords();
  readonly hook = new RecordingNotifier("hook");
  readonly mail = new RecordingNotifier("mail");
  readonly outbox: NotificationOutbox = this.open([this.hook, this.mail]);

  open(notifiers: readonly RecordingNotifier[], attempts = 3): NotificationOutbox {
    const { records, clock } = this;
    return createNotificationOutbox({
      records,
      notifiers,
      clock,
      log: silentLog,
      config: { attempts },
    });
  }

  async stages(id: string, traceId = id, targets: readonly string[] = ["hook"]): Promise<void> {
    await this.records.transaction((tx) =>
      this.outbox.stage(tx, aNotification(id, traceId), targets),
    );
    this.outbox.wake();
    this.clock.jump(1);
  }

  async running(work: () => Promise<void>, outbox = this.outbox): Promise<void> {
    const stop = new AbortController();
    const done = outbox.run(stop.signal);
    await this.clock.advance(0);
    await work();
    stop.abort();
    await done;
  }

  taken(notifier = this.hook): string[] {
    return notifier.taken.map(({ notificationId }) => notificationId);
  }

  row(id: string) {
    return this.records.rows("outbox").find(({ outboxId }) => outboxId === id);
  }
}

let office = new PostOffice();
beforeEach(() => {
  office = new PostOffice();
});

describe("notification outbox", () => {
  it("delivers at once after a wake-up and journals it", async () => {
    await office.running(async () => {
      await office.stages("n1", "t1", ["hook", "mail"]);
      await office.clock.advance(0);
      assert.deepEqual([office.taken(), office.taken(office.mail)], [["n1"], ["n1"]]);
    });
    const row = office.row("n1:hook");
    assert.deepEqual([row?.state, row?.attempts, row?.lastError], ["DELIVERED", 1, null]);
    assert.equal(await office.outbox.pending(), 0);
  });

  it("delivers what an earlier process staged", async () => {
    await office.stages("n1");
    await office.running(() => office.clock.advance(0));
    assert.deepEqual(office.taken(), ["n1"]);
  });

  it("stages a notification once, however often its transition is applied", async () => {
    await office.stages("n1");
    await office.stages("n1");
    assert.equal(office.records.rows("outbox").length, 1);
  });

  it("tries again with growing pauses while the target is away, and ends as failed", async () => {
    office.hook.failure = away;
    await office.running(async () => {
      await office.stages("n1");
      await office.clock.advance(0);
      assert.equal(office.hook.offered, 1);
      assert.equal(office.row("n1:hook")?.state, "PENDING");
      assert.equal(await office.outbox.pending(), 0);
      await office.clock.advance(MINUTE);
      assert.equal(office.hook.offered, 3);
    });
    const row = office.row("n1:hook");
    assert.deepEqual([row?.state, row?.attempts], ["FAILED", 3]);
    assert.equal(row?.lastError, away.message);
  });

  it("does not offer again what the target refused", async () => {
    office.hook.failure = refusal;
    await office.running(async () => {
      await office.stages("n1");
      await office.clock.advance(MINUTE);
    });
    assert.deepEqual([office.hook.offered, office.row("n1:hook")?.state], [1, "FAILED"]);
  });

  it("keeps the order of one alarm through retries, and lets no alarm wait for another", async () => {
    office.hook.failure = away;
    await office.running(async () => {
      await office.stages("n1", "t1");
      await office.clock.advance(0);
      office.hook.failure = null;
      await office.stages("n2", "t1");
      await office.clock.advance(0);
      assert.deepEqual(office.taken(), []);
      await office.stages("other", "t2");
      await office.clock.advance(0);
      assert.equal(office.taken()[0], "other");
      await office.clock.advance(10 * SECOND);
    });
    assert.deepEqual(office.taken(), ["other", "n1", "n2"]);
  });

  it("does not let a slow target delay another one", async () => {
    let finish: () => void = () => undefined;
    office.hook.pause = new Promise((resolve) => {
      finish = resolve;
    });
    await office.running(async () => {
      await office.stages("n1", "t1", ["hook", "mail"]);
      await office.clock.advance(0);
      assert.deepEqual([office.taken(), office.taken(office.mail)], [[], ["n1"]]);
      finish();
    });
    assert.deepEqual(office.taken(), ["n1"]);
  });

  it("journals a delivery once the records answer again, without delivering it twice", async () => {
    await office.stages("n1");
    const deliver = office.hook.deliver.bind(office.hook);
    office.hook.deliver = async (notification) => {
      office.records.failNext();
      return deliver(notification);
    };
    await office.running(() => office.clock.advance(2 * SECOND));
    assert.deepEqual([office.hook.offered, office.row("n1:hook")?.state], [1, "DELIVERED"]);
  });

  it("ends messages to a target that is not configured any more", async () => {
    await office.stages("n1", "t1", ["gone"]);
    await office.running(() => office.clock.advance(0));
    assert.equal(office.row("n1:gone")?.state, "FAILED");
  });

  it("delivers a storm whole, with a bounded number under way", async () => {
    await office.running(async () => {
      for (let index = 0; index < 200; index += 1) await office.stages(`n${index}`);
      await office.clock.advance(SECOND);
      await office.clock.advance(SECOND);
    });
    assert.equal(new Set(office.taken()).size, 200);
    assert.equal(office.hook.offered, 200);
  });
});
