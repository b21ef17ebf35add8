import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type Hostile,
  hostileItems,
  hostileText,
  joinBody,
  unreadableTexts,
} from "../../../test/fixtures/hostile-readings.ts";
import {
  type IngestStation,
  ingestNow,
  openIngestStation,
} from "../../../test/fixtures/ingest-station.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IngestAnswer } from "../../ports/source-adapter.ts";

let sent = 0;
/** A healthy neighbour; each has an instant of its own. */
function neighbour(): string {
  sent += 1;
  return `{"device_id":"GOOD","timestamp":${ingestNow - 10_000_000 + sent},"temperature":45.3}`;
}

/** An item that is accepted in part: each time it is sent it is another reading. */
function atItsOwnTime({ text, field }: Hostile): string {
  sent += 1;
  return hostileText(text, { at: field === null ? ingestNow : ingestNow - sent, now: ingestNow });
}

function assertBalanced({ ingestor, readings }: IngestStation): void {
  const { received, accepted, duplicates, rejected } = ingestor.counters();
  assert.equal(received, accepted + duplicates + rejected);
  assert.equal(accepted, readings().length);
}

async function codeOf(request: Promise<IngestAnswer>): Promise<string> {
  try {
    await request;
    return "accepted";
  } catch (failure) {
    assert(failure instanceof IaiError, String(failure));
    return failure.code;
  }
}

describe("hostile input", () => {
  it("is refused with the right code, and good neighbours are accepted", async () => {
    const station = await openIngestStation();
    let bodies = 0;
    for (const hostile of hostileItems) {
      for (const format of ["json", "ndjson"] as const) {
        for (const place of [0, 1, 2, 3]) {
          const parts = [neighbour(), neighbour(), neighbour()].toSpliced(
            place,
            0,
            atItsOwnTime(hostile),
          );
          const answer = await station.send(joinBody(parts, format), { format });
          bodies += 1;
          const rejected = answer.rejected.map(({ index, code }) => [index, code]);
          const marked = answer.degraded.map(({ index, field, code }) => [index, field, code]);
          const { code, field, text } = hostile;
          assert.deepEqual(rejected, field === null ? [[place, code]] : [], text.slice(0, 200));
          assert.deepEqual(
            marked,
            field === null ? [] : [[place, field, code]],
            text.slice(0, 200),
          );
          assert.equal(answer.accepted, field === null ? 3 : 4, text.slice(0, 200));
        }
      }
    }
    assert.ok(bodies >= 800, `${bodies} bodies`);
    assert.equal(Object.hasOwn(Object.prototype, "admin"), false);
    assertBalanced(station);
  });

  it("that cannot be read spoils a JSON body, but only its own line of NDJSON", async () => {
    const station = await openIngestStation();
    for (const [bytes, code] of unreadableTexts) {
      for (const place of [0, 1, 2, 3]) {
        const parts = [neighbour(), neighbour(), neighbour()].toSpliced(place, 0, bytes as never);
        assert.equal(
          await codeOf(station.send(joinBody(parts, "json"))),
          code,
          Buffer.from(bytes).toString(),
        );
        const { accepted, rejected } = await station.send(joinBody(parts, "ndjson"), {
          format: "ndjson",
        });
        assert.equal(accepted, 3);
        assert.deepEqual(
          rejected.map((one) => [one.index, one.code]),
          [[place, code]],
        );
      }
    }
    assertBalanced(station);
  });

  it("of random bytes and broken bodies never throws anything but our own error", async () => {
    const station = await openIngestStation();
    const format = fc.constantFrom("json" as const, "ndjson" as const);
    const hostile = fc.constantFrom(
      ...hostileItems.map(({ text }) => hostileText(text, { at: ingestNow, now: ingestNow })),
    );
    const healthy = fc.nat().map(neighbour);
    const body = fc
      .tuple(fc.array(fc.oneof(hostile, healthy), { maxLength: 6 }), format)
      .map(([parts, form]) => joinBody(parts, form));
    const edits = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() }), {
      maxLength: 4,
    });
    const broken = fc.tuple(body, edits).map(([bytes, changes]) => {
      let copy = Buffer.from(bytes);
      for (const { at, byte, cut } of changes) {
        const place = copy.length === 0 ? 0 : at % copy.length;
        if (cut) copy = copy.subarray(0, place);
        else copy[place] = byte;
      }
      return copy;
    });
    const anything = fc.oneof(
      broken,
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(anything, format, async (bytes, form) => {
        const before = station.ingestor.counters();
        try {
          const answer = await station.send(bytes, { format: form });
          const after = station.ingestor.counters();
          const { accepted, duplicates, rejected } = answer;
          assert.equal(after.received - before.received, accepted + duplicates + rejected.length);
        } catch (failure) {
          assert(failure instanceof IaiError, String(failure));
          assert.notEqual(failure.code, "INTERNAL", String(failure.cause));
        }
      }),
      { numRuns: 2_000 },
    );
    assertBalanced(station);
  });
});
