import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textOfRaw } from "./raw-text.ts";

describe("raw content of the quarantine", () => {
  it("shows UTF-8 as text", () => {
    assert.equal(textOfRaw(Buffer.from('{"名":1}').toString("base64")), '{"名":1}');
  });

  it("shows broken bytes without failing", () => {
    assert.match(textOfRaw(Buffer.from([0x7b, 0xff, 0x7d]).toString("base64")), /^\{.+\}$/);
    assert.equal(textOfRaw("%%%"), "%%%");
  });

  it("cuts what is too long to look at", () => {
    assert.equal(textOfRaw(Buffer.from("x".repeat(9000)).toString("base64")).length, 4001);
  });
});
