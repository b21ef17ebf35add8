import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openIngestStation } from "../../../test/fixtures/ingest-station.ts";
import { IaiError } from "../../kernel/errors.ts";
import { silentLog } from "../../kernel/log.ts";
import type { ReadingSink, SourceItem } from "../../ports/source-adapter.ts";
import { createSourceIntake, type SourceIntake } from "./source-intake.ts";

const timestamp = "2026-02-28T12:00:00.000Z";

function itemOf(deviceId: string, more: Partial<SourceItem> = {}): SourceItem {
  const value = { device_id: deviceId, timestamp, temperature: 45.3 };
  const bytes = Buffer.from(JSON.stringify(value));
  return { value, fault: null, bytes, source: `mqtt:plant:${deviceId}`, ...more };
}

async function openIntake(wrap: (sink: ReadingSink) => ReadingSink = (sink) => sink) {
  const station = await openIngestStation();
  const stop = new AbortController();
  const intake: SourceIntake = createSourceIntake({
    sink: wrap(station.ingestor),
    name: "plant",
    clock: station.clock,
    log: silentLog,
    random: () => 0.5,
    signal: stop.signal,
  });
  const send = (...items: SourceItem[]) => intake.accept({ items, deviceIds: null });
  return { station, stop, intake, send };
}

describe("the way in for a source", () => {
  it("takes what an adapter has read, and keeps each refused item under the place it came from", async () => {
    const { station, intake, send } = await openIntake();
    const fault = { code: "TOPIC_MISMATCH", detail: "the topic says P9" };
    const answer = await send(
      itemOf("P1"),
      itemOf("P2", { value: undefined, fault, bytes: Buffer.from("as sent") }),
      itemOf("P3", { value: { device_id: "P3", timestamp: "soon", temperature: 1 } }),
    );
    assert.equal(answer.accepted, 1);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [
        [1, "TOPIC_MISMATCH"],
        [2, "TS_INVALID"],
      ],
    );
    const kept = await station.quarantine.list({ orderBy: [["quarantineId", "asc"]] });
    assert.deepEqual(
      kept.map(({ source, code, raw }) => [source, code, Buffer.from(raw, "base64").toString()]),
      [
        ["mqtt:plant:P2", "TOPIC_MISMATCH", "as sent"],
        ["mqtt:plant:P3", "TS_INVALID", itemOf("P3").bytes.toString()],
      ],
    );
    const { accepted, rejected, byCode } = intake.counters();
    assert.deepEqual([accepted, rejected], [1, 2]);
    assert.deepEqual(byCode, { TOPIC_MISMATCH: 1, TS_INVALID: 1 });
  });

  it("waits while the log takes nothing and says so, then stores everything once", async () => {
    const { station, intake, send } = await openIntake();
    station.bus.refusal = new IaiError("LOG_FULL", "Cannot append: full");
    const sent = send(itemOf("P1"), itemOf("P2"));
    await station.clock.advance(60_000);
    assert.equal(intake.waitingFor(), "Cannot append: full");
    assert.equal(station.readings().length, 0);
    station.bus.refusal = null;
    await station.clock.advance(10_000);
    assert.equal((await sent).accepted, 2);
    assert.equal(intake.waitingFor(), null);
    assert.equal(station.readings().length, 2);
  });

  it("ends its waiting when the source stops, and acknowledges nothing", async () => {
    const { station, stop, send } = await openIntake();
    station.bus.refusal = new IaiError("LOG_FULL", "Cannot append: full");
    const sent = send(itemOf("P1"));
    const refused = assert.rejects(sent, (failure) => (failure as IaiError).code === "LOG_FULL");
    await station.clock.advance(1_000);
    stop.abort();
    await refused;
  });

  it("puts the one item that makes ingest fail into quarantine and stores its neighbours", async () => {
    const poisoned = (sink: ReadingSink): ReadingSink => ({
      accept: (payload) => {
        const items = "items" in payload ? payload.items : [];
        if (items.some(({ source, fault }) => source.endsWith(":P13") && fault === null))
          throw new TypeError("a mistake of ours");
        return sink.accept(payload);
      },
    });
    const { station, send } = await openIntake(poisoned);
    const ids = Array.from({ length: 20 }, (_, n) => `P${n}`);
    const answer = await send(...ids.map((id) => itemOf(id)));
    assert.equal(answer.accepted, 19);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [[13, "INTERNAL"]],
    );
    const stored = station.readings().map(({ deviceId }) => deviceId);
    assert.deepEqual(stored.toSorted(), ids.filter((id) => id !== "P13").toSorted());
    const [kept] = await station.quarantine.list({});
    assert.equal(kept?.source, "mqtt:plant:P13");
  });
});
