import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { User } from "../../model/access.ts";
import { DAY } from "../../model/basics.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { hashSecret } from "./key-format.ts";
import { systemPrincipal } from "./system-principal.ts";
import type { Users } from "./users.ts";

export interface SetupInput {
  readonly token: string;
  readonly name: string;
  readonly password: string;
  readonly origin: string;
}

/** How the very first administrator comes to be: no credential exists before somebody redeems the link. */
export interface SetupLink {
  /** True while there is no user at all. */
  needed(): Promise<boolean>;
  /** A new link below the console's address, valid for a day; earlier ones stop working. null: not needed. */
  issueLink(consoleUrl: string): Promise<string | null>;
  /** Works once: SETUP_LINK_INVALID afterwards, and when anybody exists already. */
  redeem(input: SetupInput): Promise<User>;
}

export interface SetupLinkDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly users: Users;
}

export function createSetupLink({ records, clock, ids, users }: SetupLinkDeps): SetupLink {
  // Nobody can be removed, so that "not needed" holds for ever.
  let settled = false;
  const needed = async (): Promise<boolean> => {
    settled ||= await records.read(anybody);
    return !settled;
  };
  const openToken = (token: string) => ({
    tokenHash: hashSecret(token),
    purpose: "setup" as const,
    usedAt: null,
    expiresAt: { gt: clock.now() },
  });
  return {
    needed,
    issueLink: async (consoleUrl) => {
      if (!(await needed())) return null;
      const token = ids.secret(32);
      await records.transaction(async (tx) => {
        await tx.remove("one_time_token", { purpose: "setup", usedAt: null });
        await tx.insert("one_time_token", {
          tokenHash: hashSecret(token),
          purpose: "setup",
          role: "admin",
          expiresAt: clock.now() + DAY,
          usedAt: null,
        });
      });
      // Behind `#` it is sent to no server and written into no log.
      return `${new URL("/setup", consoleUrl).href}#${token}`;
    },
    redeem: async ({ token, name, password, origin }) => {
      const where = openToken(token);
      // Looked at first, so that guessing costs us no password hash.
      if ((await records.read((tx) => tx.find("one_time_token", where))) === null) throw invalid();
      const role = "admin";
      const user = await users.draft({ name, password, role, factoryId: null, lineId: null });
      await records.transaction(async (tx) => {
        const used = await tx.update("one_time_token", where, { usedAt: clock.now() });
        if (used !== 1 || (await anybody(tx))) throw invalid();
        await users.insert(tx, user, systemPrincipal(`setup link from ${origin}`));
      });
      settled = true;
      return user;
    },
  };
}

async function anybody(tx: Pick<RecordTransaction, "count">): Promise<boolean> {
  return (await tx.count("user_account", {})) > 0;
}

function invalid(): IaiError {
  const reason = "it was used, is older than a day, or is not one of ours";
  return new IaiError("SETUP_LINK_INVALID", `Cannot set up: ${reason}; nothing was stored`);
}
