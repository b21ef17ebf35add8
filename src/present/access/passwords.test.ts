import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { createPasswords, weakness } from "./passwords.ts";

const quick = createPasswords({ n: 2, r: 1, p: 1 });

describe("passwords", () => {
  it("match their own hash and no other, however often they are hashed", async () => {
    const [one, other] = await Promise.all([
      quick.hash("correct horse battery", "anna"),
      quick.hash("correct horse battery", "anna"),
    ]);
    assert.notEqual(one, other);
    assert.equal(await quick.matches("correct horse battery", one), true);
    assert.equal(await quick.matches("correct horse batterz", one), false);
    assert.equal(await quick.matches("correct horse battery", null), false);
    assert.equal(await quick.matches("", "scrypt$2$1$1$$"), false);
  });

  it("match however the keyboard composes its accents", async () => {
    const hash = await quick.hash("Käsekuchen schmeckt", "anna");
    assert.equal(await quick.matches("Ka\u0308sekuchen schmeckt", hash), true);
  });

  it("match hashes that were made with another cost", async () => {
    const hash = await createPasswords({ n: 4, r: 1, p: 1 }).hash("correct horse battery", "a");
    assert.equal(await quick.matches("correct horse battery", hash), true);
  });

  for (const password of [
    "short",
    "elevenchars",
    "aaaaaaaaaaaaaaaa",
    "abababababababab",
    "123456789012",
    "1234567890123456",
    "987654321098",
    "abcdefghijklmn",
    "Password2026!",
    "P@ssw0rd!!!!",
    "passwordpassword",
    "qwertyuiop123",
    "Administrator1",
    "123admin123456",
    "woaini1314520",
    "industrialai2026",
    "annaschmidt1",
    "1annaschmidt",
  ]) {
    it(`are too weak when they are "${password}"`, async () => {
      await assert.rejects(quick.hash(password, "AnnaSchmidt"), (failure) =>
        isCode(failure, "PASSWORD_WEAK"),
      );
    });
  }

  for (const password of [
    "correct horse battery",
    "轴承温度过高请检查三号泵房",
    "x7!Kq-pump-92zB",
  ]) {
    it(`are good when they are "${password}"`, () => {
      assert.equal(weakness(password, "anna"), null);
    });
  }

  it("are too long beyond 1,024 characters, and cost nothing then", async () => {
    assert.notEqual(weakness("ab12!".repeat(300), "anna"), null);
    assert.equal(await quick.matches("x".repeat(100_000), null), false);
  });

  it("cost some time with the setting that is shipped", async () => {
    const hash = await createPasswords().hash("correct horse battery", "anna");
    assert.ok(hash.startsWith("scrypt$32768$8$3$"));
  });
});
