import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import type { Ms } from "../../model/basics.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import { type ApiKeys, createApiKeys } from "./api-keys.ts";
import type { AuditLog } from "./audit-log.ts";
import { createPasswords, type PasswordCost } from "./passwords.ts";
import { createSessions, type Session, type Sessions } from "./sessions.ts";
import { createSetupLink, type SetupInput, type SetupLink } from "./setup-link.ts";
import { createTokens } from "./tokens.ts";
import { createUsers, type Users } from "./users.ts";

export interface Credentials {
  /** The `Authorization` header. */
  readonly authorization: string | null;
  /** Value of the session cookie. */
  readonly cookie: string | null;
  readonly origin: string;
}

export interface AccessConfig {
  /** Life of an access token, at most 15 min. */
  readonly tokenMs: Ms;
  readonly sessionMs: Ms;
  /** Failed sign-ins before a name is locked. */
  readonly lockAfter: number;
  readonly passwordCost?: PasswordCost;
}

/** Who somebody is. What they may do, the role matrix says. */
export interface Access {
  /**
   * Who sends these credentials; null: nobody we know. A header that is wrong is not made good by a cookie; the
   * cookie alone names somebody too, so a change must also come from our own pages (`present/api/security.ts`).
   */
  authenticate(credentials: Credentials): Promise<Principal | null>;
  readonly login: Sessions["login"];
  readonly refresh: Sessions["refresh"];
  /** All tokens and sessions of this user stop working. */
  logout(principal: Principal): Promise<void>;
  readonly setup: Pick<SetupLink, "needed" | "issueLink"> & {
    redeem(input: SetupInput): Promise<Session>;
  };
  readonly keys: Pick<ApiKeys, "create" | "revoke" | "list">;
  readonly users: Pick<Users, "create" | "patch" | "list">;
}

export interface AccessDeps {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** 32 random bytes of this installation; tokens of another one mean nothing here. */
  readonly signingKey: Uint8Array;
  readonly config: AccessConfig;
}

export function createAccess(deps: AccessDeps): Access {
  const passwords = createPasswords(deps.config.passwordCost);
  const tokens = createTokens({ clock: deps.clock, ids: deps.ids, key: deps.signingKey });
  const keys = createApiKeys(deps);
  const users = createUsers({ ...deps, passwords });
  const sessions = createSessions({ ...deps, users, passwords, tokens });
  const setup = createSetupLink({ ...deps, users });
  return {
    authenticate: async ({ authorization, cookie }) => {
      if (authorization === null) {
        return cookie === null ? null : sessions.authenticate("session", cookie);
      }
      const bearer = /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(authorization)?.[1];
      if (bearer === undefined) return null;
      if (bearer.startsWith("iai_")) return keys.authenticate(bearer);
      return sessions.authenticate("access", bearer);
    },
    login: sessions.login,
    refresh: sessions.refresh,
    logout: (principal) => users.signOut(principal.id, principal),
    setup: {
      needed: setup.needed,
      issueLink: setup.issueLink,
      redeem: async (input) => sessions.open(await setup.redeem(input)),
    },
    keys,
    users,
  };
}
