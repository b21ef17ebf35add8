import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { oneTypeEach } from "./portable-schema.ts";

describe("a portable schema", () => {
  it("says one type at a time, and keeps what belongs to each", () => {
    assert.deepEqual(oneTypeEach({ type: ["number", "null"], minimum: 0, description: "share" }), {
      description: "share",
      anyOf: [{ type: "number", minimum: 0 }, { type: "null" }],
    });
  });

  it("does so at any depth, and leaves a property that is called type alone", () => {
    const node = {
      type: "object",
      properties: {
        type: { type: ["string", "null"] },
        list: { type: "array", items: { type: ["string", "number"] } },
      },
      enum: [{ type: ["a", "b"] }],
    };
    assert.deepEqual(oneTypeEach(node), {
      type: "object",
      properties: {
        type: { anyOf: [{ type: "string" }, { type: "null" }] },
        list: { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
      },
      enum: [{ type: ["a", "b"] }],
    });
  });
});
