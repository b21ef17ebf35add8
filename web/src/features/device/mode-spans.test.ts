import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modeSpans } from "./mode-spans.ts";

const at = (ms: number): string => new Date(ms).toISOString();

describe("modes on the time axis", () => {
  it("cuts the history to the range", () => {
    const history = [
      { at: at(1000), action: "mode:RUNNING", actor: "a" },
      { at: at(3000), action: "edited", actor: "b" },
      { at: at(5000), action: "mode:MAINTENANCE", actor: "c" },
    ];
    assert.deepEqual(
      modeSpans(history, { mode: "MAINTENANCE", since: 5000 }, { from: 2000, to: 8000 }),
      [
        { mode: "RUNNING", from: 2000, to: 5000, actor: "a" },
        { mode: "MAINTENANCE", from: 5000, to: 8000, actor: "c" },
      ],
    );
  });

  it("knows only the present mode of a device without history", () => {
    assert.deepEqual(modeSpans([], { mode: "RUNNING", since: 4000 }, { from: 2000, to: 8000 }), [
      { mode: "RUNNING", from: 4000, to: 8000, actor: null },
    ]);
  });
});
