import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createPacketWatch } from "./packet-limit.ts";

/** A packet with a body of that length. */
function packet(length: number): Buffer {
  const header = [0x30];
  let rest = length;
  do {
    const more = rest >= 128;
    header.push((rest % 128) + (more ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

describe("the limit of packets", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 });

  it("lets packets up to it pass, however the stream is cut", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 50 }), (sizes, step) => {
        const stream = Buffer.concat(sizes.map(packet));
        const watch = createPacketWatch(400);
        for (let at = 0; at < stream.length; at += step)
          assert.equal(watch(stream.subarray(at, at + step)), true);
      }),
    );
  });

  it("sees one that is larger in its header, however the stream is cut", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 50 }), (sizes, step) => {
        const large = packet(401).subarray(0, 3);
        const stream = Buffer.concat([...sizes.map(packet), large]);
        const watch = createPacketWatch(400);
        const passed: boolean[] = [];
        for (let at = 0; at < stream.length; at += step)
          passed.push(watch(stream.subarray(at, at + step)));
        assert.equal(passed.at(-1), false);
        assert.ok(passed.slice(0, -1).every((one) => one));
      }),
    );
  });
});
