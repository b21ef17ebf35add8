import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IngestAnswer, SourceItem } from "../../ports/source-adapter.ts";
import { createSourceDiary } from "./source-diary.ts";

const noon = Date.UTC(2026, 1, 28, 12);
const good: IngestAnswer = { accepted: 1, duplicates: 0, rejected: [], degraded: [] };

function itemOf(deviceId: string, timestamp: unknown, more: Partial<SourceItem> = {}): SourceItem {
  const value = { device_id: deviceId, timestamp, metrics: { temperature: 1 } };
  return { value, fault: null, bytes: new Uint8Array(), source: "mqtt:plant:x", ...more };
}

describe("the diary of a source", () => {
  it("takes the reading that came soonest after its time for what the device's clock says", () => {
    const diary = createSourceDiary();
    for (const delay of [400, 30, 2_000])
      diary.note([itemOf("P1", noon + 90_000 - delay)], good, noon);
    diary.note([itemOf("P2", new Date(noon - 5_030).toISOString())], good, noon);
    assert.deepEqual(diary.skews(noon), [
      { deviceId: "P1", skewMs: 89_970 },
      { deviceId: "P2", skewMs: -5_030 },
    ]);
  });

  it("forgets a backlog when readings come on time again, within two minutes", () => {
    const diary = createSourceDiary();
    diary.note([itemOf("P1", noon - 3_600_000)], good, noon);
    assert.equal(diary.skews(noon)[0]?.skewMs, -3_600_000);
    for (let s = 1; s <= 120; s += 1)
      diary.note([itemOf("P1", noon + s * 1_000 - 20)], good, noon + s * 1_000);
    assert.equal(diary.skews(noon + 120_000)[0]?.skewMs, -20);
  });

  it("says nothing about the clock of a device whose readings are stamped here, or came long ago", () => {
    const diary = createSourceDiary();
    diary.note([itemOf("P1", noon, { timeFrom: "arrival" })], good, noon);
    diary.note([itemOf("P2", noon)], good, noon);
    assert.deepEqual(diary.skews(noon + 11 * 60_000), []);
  });

  it("counts what was refused by device, field and code, the newest first", () => {
    const diary = createSourceDiary();
    const answer: IngestAnswer = {
      accepted: 1,
      duplicates: 0,
      rejected: [{ index: 1, code: "TS_INVALID", field: "timestamp", detail: "" }],
      degraded: [{ index: 0, field: "flow", code: "VALUE_TYPE" }],
    };
    diary.note([itemOf("P1", noon), itemOf("P2", "soon")], answer, noon);
    diary.note([itemOf("P1", noon), itemOf("P2", noon)], { ...answer, rejected: [] }, noon + 1);
    assert.deepEqual(diary.troubles(), [
      { deviceId: "P1", field: "flow", code: "VALUE_TYPE", count: 2, lastAt: noon + 1 },
      { deviceId: "P2", field: "timestamp", code: "TS_INVALID", count: 1, lastAt: noon },
    ]);
  });

  it("remembers 500 tags, whatever names a source makes up", () => {
    const diary = createSourceDiary();
    for (let n = 0; n < 2_000; n += 1) {
      const degraded = [{ index: 0, field: `m${n}`, code: "VALUE_TYPE" }];
      diary.note([itemOf("P1", noon)], { ...good, degraded }, noon);
    }
    assert.equal(diary.troubles().length, 500);
    assert.equal(diary.troubles()[0]?.field, "m1999");
  });
});
