import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Principal, User } from "../../model/access.ts";
import type { EpochMs, Ms } from "../../model/basics.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { AuditLog } from "./audit-log.ts";
import { afterFailure, type FailedLogins, lockedForMs, noFailure } from "./lockout.ts";
import type { Passwords } from "./passwords.ts";
import type { Token, TokenKind, Tokens } from "./tokens.ts";
import { normaliseName, principalOfUser, type Users } from "./users.ts";

export interface Session {
  readonly accessToken: string;
  readonly expiresAt: EpochMs;
  /** Goes into the HttpOnly cookie. */
  readonly refreshToken: string;
  readonly refreshExpiresAt: EpochMs;
  readonly principal: Principal;
}

export interface LoginInput {
  readonly name: string;
  readonly password: string;
  readonly origin: string;
}

export interface Sessions {
  /** UNAUTHENTICATED, the same for a wrong password, an unknown and a disabled user; LOGIN_LOCKED. */
  login(input: LoginInput): Promise<Session>;
  refresh(input: { readonly refreshToken: string; readonly origin: string }): Promise<Session>;
  open(user: User): Promise<Session>;
  /** null: not a valid token of a user who may sign in. */
  authenticate(kind: TokenKind, token: string): Promise<Principal | null>;
}

export interface SessionsDeps {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly config: {
    readonly tokenMs: Ms;
    readonly sessionMs: Ms;
    readonly lockAfter: number;
  };
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { clock, users, tokens, config } = deps;
  const strangers = createStrangers();

  const issue = async (user: User, refreshToken: string, ends: EpochMs): Promise<Session> => {
    const expiresAt = Math.min(clock.now() + config.tokenMs, ends);
    const subject = { userId: user.userId, generation: user.tokenGeneration };
    const accessToken = await tokens.sign("access", subject, expiresAt);
    const principal = principalOfUser(user);
    return { accessToken, expiresAt, refreshToken, refreshExpiresAt: ends, principal };
  };
  const open = async (user: User): Promise<Session> => {
    const ends = clock.now() + config.sessionMs;
    const subject = { userId: user.userId, generation: user.tokenGeneration };
    return issue(user, await tokens.sign("session", subject, ends), ends);
  };
  const userOf = async (
    kind: TokenKind,
    token: string,
  ): Promise<{ readonly user: User; readonly token: Token } | null> => {
    const verified = await tokens.verify(kind, token);
    if (verified === null) return null;
    const user = await users.find(verified.userId);
    if (user === null || user.disabled) return null;
    return user.tokenGeneration === verified.generation ? { user, token: verified } : null;
  };
  return {
    open,
    login: async (input) => open(await signIn(deps, strangers, input)),
    refresh: async ({ refreshToken }) => {
      const found = await userOf("session", refreshToken);
      if (found !== null) return issue(found.user, refreshToken, found.token.expiresAt);
      throw new IaiError(
        "UNAUTHENTICATED",
        "Cannot renew the session: it has ended, sign in again",
      );
    },
    authenticate: async (kind, token) => {
      const found = await userOf(kind, token);
      return found === null ? null : principalOfUser(found.user);
    },
  };
}

/** Failed sign-ins of names that do not exist: they lock like real ones, so that a lock tells nothing. */
function createStrangers() {
  const failures = new Map<string, FailedLogins>();
  const NAMES_MAX = 10_000;
  return {
    find: (name: string): FailedLogins => failures.get(name) ?? noFailure,
    put: (name: string, state: FailedLogins): void => {
      failures.delete(name);
      const oldest = failures.keys().next().value;
      if (failures.size >= NAMES_MAX && oldest !== undefined) failures.delete(oldest);
      failures.set(name, state);
    },
  };
}

async function signIn(
  deps: SessionsDeps,
  strangers: ReturnType<typeof createStrangers>,
  input: LoginInput,
): Promise<User> {
  const { records, audit, clock, passwords, config } = deps;
  const name = normaliseName(input.name).slice(0, 100);
  const find = (): Promise<User | null> => records.read((tx) => tx.find("user_account", { name }));
  const stateOf = (user: User | null): FailedLogins => user ?? strangers.find(name);

  const user = await find();
  requireUnlocked(stateOf(user), clock.now());
  const matches = await passwords.matches(input.password, user?.passwordHash ?? null);
  const { origin } = input;
  const subject = user?.userId ?? "unknown";
  const entry = { actor: name, origin, action: "user.sign_in", subject } as const;
  const isIn = await records.transaction(async (tx) => {
    // Asked again: others may have failed for the same name while this password was hashed.
    const now = user === null ? null : await tx.find("user_account", { userId: user.userId });
    const state = stateOf(now);
    requireUnlocked(state, clock.now());
    const good =
      matches && now !== null && !now.disabled && now.passwordHash === user?.passwordHash;
    const next = good ? noFailure : afterFailure(state, clock.now(), config.lockAfter);
    if (now === null) strangers.put(name, next);
    else await tx.update("user_account", { userId: now.userId }, next);
    const detail = good ? {} : { failures: next.failedLogins };
    await audit.stage(tx, { ...entry, result: good ? "ok" : "refused", detail });
    return good;
  });
  if (isIn && user !== null) return user;
  throw new IaiError("UNAUTHENTICATED", "Cannot sign in: name or password is wrong");
}

function requireUnlocked(state: FailedLogins, now: EpochMs): void {
  const retryAfterMs = lockedForMs(state, now);
  if (retryAfterMs === 0) return;
  const until = new Date(now + retryAfterMs).toISOString();
  const message = `Cannot sign in: too many failed attempts, wait until ${until}`;
  throw new IaiError("LOGIN_LOCKED", message, { data: { retryAfterMs } });
}
