import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { base64url, decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { anAccessInMemory, installKey } from "../../../test/fixtures/access-fixture.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { createTokens } from "./tokens.ts";

const signingKey = installKey("signing");

/** A good token and the means to forge others from it. */
async function aToken() {
  const fixture = anAccessInMemory();
  await fixture.addUser("anna");
  const { accessToken } = await fixture.login("anna");
  const now = fixture.clock.now() / 1_000;
  const forge = (
    claims: Record<string, unknown>,
    header: Record<string, unknown> = {},
    key: Parameters<SignJWT["sign"]>[0] = signingKey,
  ) =>
    new SignJWT({ ...decodeJwt(accessToken), ...claims })
      .setProtectedHeader({ ...decodeProtectedHeader(accessToken), alg: "HS256", ...header })
      .sign(key);
  return { ...fixture, accessToken, now, forge };
}

describe("tokens", () => {
  it("are taken when everything is right, so that the refusals below mean something", async () => {
    const { bearer, accessToken, forge } = await aToken();
    assert.notEqual(await bearer(accessToken), null);
    assert.notEqual(await bearer(await forge({})), null);
  });

  const forgeries: Record<string, (token: Awaited<ReturnType<typeof aToken>>) => Promise<string>> =
    {
      "no algorithm": async ({ accessToken }) => {
        const header = base64url.encode('{"alg":"none","typ":"at+jwt"}');
        return `${header}.${accessToken.split(".")[1]}.`;
      },
      "no signature": async ({ accessToken }) => `${accessToken.split(".").slice(0, 2).join(".")}.`,
      "another HMAC": ({ forge }) =>
        forge({}, { alg: "HS512" }, Buffer.concat([signingKey, signingKey])),
      "an RSA signature": ({ forge }) => {
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        return forge({}, { alg: "RS256" }, privateKey);
      },
      "the key of another installation": ({ forge }) => forge({}, {}, installKey("another")),
      "an empty key id": ({ forge }) => forge({}, { kid: "" }),
      "a key of its own in the header": ({ forge }) =>
        forge(
          {},
          { jwk: { kty: "oct", k: "AAAA" }, jku: "http://127.0.0.1/k" },
          installKey("mine"),
        ),
      "an expiry in the past": ({ forge, now }) => forge({ exp: now - 1 }),
      "no expiry": ({ forge }) => forge({ exp: undefined }),
      "a begin in the future": ({ forge, now }) => forge({ nbf: now + 60 }),
      "an issue in the future": ({ forge, now }) => forge({ iat: now + 60 }),
      "an issue longer ago than 15 minutes": ({ forge, now }) =>
        forge({ iat: now - 901, exp: now + 9_999 }),
      "another audience": ({ forge }) => forge({ aud: "iai-mcp" }),
      "another issuer": ({ forge }) => forge({ iss: "https://elsewhere" }),
      "another type": ({ forge }) => forge({}, { typ: "JWT" }),
      "an old generation": ({ forge }) => forge({ gen: -1 }),
      "a generation that is no number": ({ forge }) => forge({ gen: "0" }),
      "another user": ({ forge }) => forge({ sub: "nobody" }),
      "a critical extension": ({ forge }) => forge({}, { crit: ["x"], x: 1 }),
      "a changed body": async ({ accessToken }) => {
        const [header, , signature] = accessToken.split(".");
        const body = base64url.encode(JSON.stringify({ ...decodeJwt(accessToken), sub: "root" }));
        return `${header}.${body}.${signature}`;
      },
      "nothing in it": async () => "..",
    };
  for (const [what, forgery] of Object.entries(forgeries)) {
    it(`are refused with ${what}`, async () => {
      const token = await aToken();
      const forged = await forgery(token).catch(() => "the library refuses to make it");
      assert.equal(await token.bearer(forged), null);
    });
  }

  it("are not signed with a key that is too short", () => {
    const clock = new SimulatedClock(0);
    const key = new Uint8Array(31);
    assert.throws(() => createTokens({ clock, ids: createCountingIds(), key }));
  });
});
