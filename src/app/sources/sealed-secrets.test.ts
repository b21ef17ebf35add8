import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { createSecretSeal } from "./sealed-secrets.ts";

describe("a seal", () => {
  const key = randomBytes(32);
  const seal = createSecretSeal(key);

  it("gives back what was sealed, and shows nothing of it", () => {
    const sealed = seal.seal("plant", { password: "very secret" });
    assert.deepEqual(seal.open("plant", sealed), { password: "very secret" });
    assert.ok(!sealed.includes("secret"));
    assert.ok(!Buffer.from(sealed.slice(3), "base64url").includes("secret"));
    assert.notEqual(sealed, seal.seal("plant", { password: "very secret" }));
  });

  it("opens for no other source, under no other key, and not when a byte was changed", () => {
    const sealed = seal.seal("plant", { password: "x" });
    const bent = `v1.${Buffer.from(sealed.slice(3), "base64url").reverse().toString("base64url")}`;
    for (const open of [
      () => seal.open("other", sealed),
      () => createSecretSeal(randomBytes(32)).open("plant", sealed),
      () => seal.open("plant", bent),
      () => seal.open("plant", ""),
      () => seal.open("plant", sealed.replace("v1", "v2")),
    ])
      assert.throws(open, (failure) => isCode(failure, "CONFIG_INVALID"));
  });
});
