import { createHash, createSecretKey } from "node:crypto";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import { type EpochMs, MINUTE, type Ms, SECOND } from "../../model/basics.ts";

/** `access` goes with each request and lives minutes; `session` lies in the cookie and renews it. */
export type TokenKind = "access" | "session";

export interface TokenSubject {
  readonly userId: string;
  /** Of the user when it was signed: signing out everywhere raises it. */
  readonly generation: number;
}

export interface Token extends TokenSubject {
  readonly expiresAt: EpochMs;
}

/** Signed tokens of this installation: one algorithm, one key; whatever a token's header says to fetch is ignored. */
export interface Tokens {
  sign(kind: TokenKind, subject: TokenSubject, expiresAt: EpochMs): Promise<string>;
  /** null: not a valid token of this kind. */
  verify(kind: TokenKind, token: string): Promise<Token | null>;
}

export interface TokensDeps {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** At least 32 random bytes, of this installation alone. */
  readonly key: Uint8Array;
}

/** An access token is refused beyond this age, whatever its own `exp` says. */
export const ACCESS_TOKEN_MAX_MS: Ms = 15 * MINUTE;

const ISSUER = "iai";
const ALGORITHM = "HS256";
const kinds = {
  access: { typ: "at+jwt", audience: "iai-api", ageMaxMs: ACCESS_TOKEN_MAX_MS },
  session: { typ: "session+jwt", audience: "iai-session", ageMaxMs: null },
} as const;

export function createTokens({ clock, ids, key }: TokensDeps): Tokens {
  if (key.length < 32) throw new Error("the signing key must have at least 32 bytes");
  const secret = createSecretKey(key);
  const keyId = createHash("sha256").update("iai key id").update(key).digest("hex").slice(0, 16);
  return {
    sign: (kind, { userId, generation }, expiresAt) => {
      const now = inSeconds(clock.now());
      return new SignJWT({ gen: generation })
        .setProtectedHeader({ alg: ALGORITHM, typ: kinds[kind].typ, kid: keyId })
        .setIssuer(ISSUER)
        .setAudience(kinds[kind].audience)
        .setSubject(userId)
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(inSeconds(expiresAt))
        .setJti(ids.next())
        .sign(secret);
    },
    verify: async (kind, token) => {
      const { typ, audience, ageMaxMs } = kinds[kind];
      try {
        const { payload, protectedHeader } = await jwtVerify(token, secret, {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience,
          typ,
          currentDate: new Date(clock.now()),
          requiredClaims: ["sub", "exp", "nbf", "iat", "gen"],
          ...(ageMaxMs === null ? {} : { maxTokenAge: ageMaxMs / SECOND }),
        });
        return protectedHeader.kid === keyId ? tokenOf(payload) : null;
      } catch {
        return null; // Every reason is answered the same: sign in again.
      }
    },
  };
}

function tokenOf({ sub, exp, ...claims }: JWTPayload): Token | null {
  const generation = claims["gen"];
  if (sub === undefined || exp === undefined || typeof generation !== "number") return null;
  return { userId: sub, generation, expiresAt: exp * SECOND };
}

function inSeconds(instant: EpochMs): number {
  return Math.floor(instant / SECOND);
}
