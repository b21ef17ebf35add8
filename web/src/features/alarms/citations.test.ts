import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { piecesOf } from "./citations.ts";

describe("citations", () => {
  it("turns known evidence numbers into links and leaves others as words", () => {
    const pieces = piecesOf(
      "1.8 × healthy (E1), flow same [E2]; model E45 is no evidence.",
      new Set(["E1", "E2"]),
    );
    assert.deepEqual(
      pieces.filter((piece) => piece.kind === "cite").map((piece) => piece.id),
      ["E1", "E2"],
    );
  });

  it("lets the brackets of the report give way to the mark, and keeps those of others", () => {
    assert.deepEqual(piecesOf("rises [E1][E2] [E9]", new Set(["E1", "E2"])), [
      { kind: "text", text: "rises " },
      { kind: "cite", id: "E1" },
      { kind: "cite", id: "E2" },
      { kind: "text", text: " [E9]" },
    ]);
  });

  it("gives the whole text back when put together again", () => {
    const text = "E1轴承E2 and E3";
    const joined = piecesOf(text, new Set(["E1", "E3"]))
      .map((piece) => (piece.kind === "text" ? piece.text : piece.id))
      .join("");
    assert.equal(joined, text);
  });
});
