import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createEventParser } from "./sse.ts";

describe("the event parser", () => {
  it("gives the same events however the stream is cut", () => {
    const stream = 'event: alert\nid: 7\ndata: {"a":1}\n\n: keep-alive\n\ndata: x\ndata: y\r\n\r\n';
    const whole = createEventParser().feed(stream);
    assert.deepEqual(whole, [
      { type: "alert", data: '{"a":1}', id: "7" },
      { type: "message", data: "x\ny", id: "7" },
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const parser = createEventParser();
        const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const events = at.flatMap((from, i) => parser.feed(stream.slice(from, at[i + 1] ?? from)));
        assert.deepEqual(events, whole);
      }),
    );
  });

  it("keeps an unfinished event back", () => {
    const parser = createEventParser();
    assert.deepEqual(parser.feed("data: 1\n"), []);
    assert.deepEqual(parser.feed("\n"), [{ type: "message", data: "1", id: null }]);
  });
});
