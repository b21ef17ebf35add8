import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aTransition } from "../../../test/fixtures/an-alarm.ts";
import { aReport } from "../../../test/fixtures/diagnosis.ts";
import { createHeardLog } from "../../../test/fixtures/heard-log.ts";
import { InMemoryBus } from "../../../test/fixtures/in-memory-bus.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { anAlertRow, anOrder } from "../../../test/fixtures/record-rows.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { SECOND } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { BusHealth, SubscribeOptions } from "../../ports/event-bus.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";
import { encodeAlertRecord } from "../../wire/alert-record.ts";
import { encodeAnomalyRecord } from "../../wire/anomaly-record.ts";
import { runWatch } from "./watch.ts";

const START = 1_000_000;

/** A bus of several partitions, as far as its ends are asked for; it notes what it was asked. */
class PartitionedBus extends InMemoryBus {
  readonly asked: SubscribeOptions[] = [];

  override async health(): Promise<BusHealth> {
    const end = { "raw_sensor_data-0": 9, "anomalies-0": 4, "anomalies-1": 5, "alerts-0": 6 };
    return { ...(await super.health()), end };
  }

  override subscribe(options: SubscribeOptions) {
    this.asked.push(options);
    return super.subscribe(options);
  }
}

/** Somebody who looks at a process that does not make alarms itself. */
class Looker {
  readonly bus = new PartitionedBus();
  readonly records = new InMemoryRecords();
  readonly clock = new SimulatedClock(START);
  readonly log = createHeardLog();
  readonly told: LiveEvent[] = [];
  readonly views: DeviceView[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor() {
    const audience = { publish: (event: LiveEvent) => void this.told.push(event), onEvent: fail };
    const views = { all: new Map(), take: (seen: readonly DeviceView[]) => this.#see(seen) };
    const { bus, records, clock, log } = this;
    const deps = { bus, records, clock, log, audience, views, ids: createCountingIds() };
    this.#running = runWatch(deps, this.#stop.signal);
  }

  #see(seen: readonly DeviceView[]): void {
    this.views.push(...seen);
  }

  async hears(topic: "alerts" | "anomalies", key: string, text: string): Promise<void> {
    await this.bus.publish([{ topic, key, value: Buffer.from(text) }]);
    await this.clock.advance(0);
  }

  kinds(): readonly (readonly string[])[] {
    return this.told.map((event) =>
      event.type === "alert"
        ? [event.type, event.change, event.deviceId]
        : [event.type, event.deviceId],
    );
  }

  async ends(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

function fail(): never {
  throw new Error("nobody listens here");
}

describe("what other processes found", () => {
  it("is watched from the present on, of alarms and anomalies alone", async () => {
    const looker = new Looker();
    await looker.clock.advance(0);
    const [asked] = looker.bus.asked;
    assert.deepEqual(asked?.topics, ["anomalies", "alerts"]);
    assert.deepEqual(asked?.from, { "anomalies-0": 4, "anomalies-1": 5, "alerts-0": 6 });
    assert.notEqual(asked?.shared, true, "everybody who looks sees all of it");
    await looker.ends();
  });

  it("shows an alarm as the records have it, and none that is not there yet", async () => {
    const looker = new Looker();
    const text = encodeAlertRecord(aTransition());
    await looker.hears("alerts", "PUMP_01", text);
    assert.deepEqual(looker.told, []);
    await looker.records.transaction((tx) => tx.insert("alert_log", anAlertRow("trace-1")));
    await looker.hears("alerts", "PUMP_01", text);
    assert.deepEqual(looker.kinds(), [["alert", "raised", "PUMP_01"]]);
    await looker.ends();
  });

  it("shows how a device stands, and goes on after a record that it cannot read", async () => {
    const looker = new Looker();
    await looker.hears("anomalies", "PUMP_01", "{ no JSON");
    await looker.log.heard("watch.record.skipped");
    const view = { deviceId: "PUMP_01" } as DeviceView;
    const record = { line: null, episodes: [], view };
    await looker.hears("anomalies", "PUMP_01", encodeAnomalyRecord(record));
    await looker.hears("anomalies", "P2", encodeAnomalyRecord({ ...record, view: null }));
    assert.deepEqual(looker.views, [view]);
    await looker.ends();
  });

  it("shows a new report with its alarm and its order, once", async () => {
    const looker = new Looker();
    await looker.records.transaction(async (tx) => {
      await tx.insert("alert_log", anAlertRow("trace-1", { status: "COMPLETED" }));
      await tx.insert("work_order", anOrder("WO-1", "trace-1"));
      const about = { traceId: "trace-1", deviceId: "PUMP_01" };
      await tx.insert("diagnosis_report", aReport({ ...about, createdAt: START - 1 }));
    });
    await looker.clock.advance(SECOND);
    assert.deepEqual(looker.kinds(), [], "it was there before");
    await looker.records.transaction((tx) =>
      tx.update("diagnosis_report", { traceId: "trace-1" }, { createdAt: START + 500 }),
    );
    await looker.clock.advance(3 * SECOND);
    assert.deepEqual(looker.kinds(), [
      ["report", "PUMP_01"],
      ["alert", "diagnosed", "PUMP_01"],
      ["order", "PUMP_01"],
    ]);
    await looker.ends();
  });
});
