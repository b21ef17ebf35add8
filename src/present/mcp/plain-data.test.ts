import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plainData } from "./plain-data.ts";

describe("plain data", () => {
  it("loses what a person cannot see, wherever it stands, and keeps the words", () => {
    const hidden = "a\u202eb\u200bc\u0000d\u{e0041}e\ufefff";
    assert.deepEqual(plainData({ [hidden]: [hidden, { deep: hidden }] }), {
      abcdef: ["abcdef", { deep: "abcdef" }],
    });
    assert.equal(plainData("轴承磨损\n第二行\t<b>"), "轴承磨损\n第二行\t<b>");
  });

  it("leaves numbers, booleans and null as they are", () => {
    assert.deepEqual(plainData([0, -1.5, true, null]), [0, -1.5, true, null]);
  });

  it("bounds a text", () => {
    const cut = plainData("x".repeat(1_000_000)) as string;
    assert.ok(cut.length < 4_100 && cut.startsWith("xxx"));
  });
});
