import type { Clock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { Principal, Role, User } from "../../model/access.ts";
import { SECOND } from "../../model/basics.ts";
import type { RecordStore, RecordTransaction } from "../../ports/record-store.ts";
import { entryBy } from "./api-keys.ts";
import type { AuditLog } from "./audit-log.ts";
import { createFreshMap } from "./fresh-map.ts";
import { noFailure } from "./lockout.ts";
import type { Passwords } from "./passwords.ts";

export interface UserInput {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
  readonly factoryId: string | null;
  readonly lineId: string | null;
}

export type UserPatch = Partial<Pick<User, "role" | "disabled" | "factoryId" | "lineId">> & {
  readonly password?: string;
};

/** People who sign in. The last administrator can neither be disabled nor made less. */
export interface Users {
  /** CONFLICT where the name is taken, PASSWORD_WEAK, INVALID_REQUEST. */
  create(input: UserInput, by: Principal): Promise<User>;
  patch(userId: string, patch: UserPatch, by: Principal): Promise<User>;
  list(): Promise<readonly User[]>;
  /** As of at most two seconds ago. */
  find(userId: string): Promise<User | null>;
  /** All tokens of this user stop working. */
  signOut(userId: string, by: Principal): Promise<void>;
  /** Checks and hashes; the row is not stored yet. */
  draft(input: UserInput): Promise<User>;
  insert(tx: RecordTransaction, user: User, by: Principal): Promise<void>;
}

export interface UsersDeps {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly passwords: Passwords;
}

export function createUsers(deps: UsersDeps): Users {
  const { records, audit, clock, passwords } = deps;
  const known = createFreshMap<User>({ clock, freshMs: 2 * SECOND, entriesMax: 10_000 });

  const insert = async (tx: RecordTransaction, user: User, by: Principal): Promise<void> => {
    if (!(await tx.insert("user_account", user))) {
      const message = `Cannot add the user "${user.name}": the name is taken, nothing was stored`;
      throw new IaiError("CONFLICT", message);
    }
    const { role, factoryId, lineId, name } = user;
    await audit.stage(
      tx,
      entryBy(by, "user.create", user.userId, { name, role, factoryId, lineId }),
    );
  };
  return {
    insert,
    draft: (input) => draftUser(deps, input),
    create: async (input, by) => {
      const user = await draftUser(deps, input);
      await records.transaction((tx) => insert(tx, user, by));
      return user;
    },
    patch: async (userId, patch, by) => {
      const changes = await encodePatch(records, passwords, { userId, patch });
      const user = await records.transaction((tx) =>
        applyPatch(tx, { userId, changes }, by, audit),
      );
      known.forget(userId);
      return user;
    },
    list: () => records.read((tx) => tx.list("user_account", { orderBy: [["name", "asc"]] })),
    find: (userId) =>
      known.get(userId, () => records.read((tx) => tx.find("user_account", { userId }))),
    signOut: async (userId, by) => {
      await records.transaction(async (tx) => {
        const user = await getUser(tx, userId);
        const tokenGeneration = user.tokenGeneration + 1;
        await tx.update("user_account", { userId }, { tokenGeneration });
        await audit.stage(tx, entryBy(by, "user.sign_out", userId, {}));
      });
      known.forget(userId);
    },
  };
}

/** Names are compared as they are written, after Unicode normalisation. */
export function normaliseName(name: string): string {
  return name.normalize("NFC").trim();
}

export function principalOfUser({ userId, name, role, factoryId, lineId }: User): Principal {
  return { id: userId, name, role, kind: "user", deviceIds: null, factoryId, lineId };
}

async function draftUser(deps: UsersDeps, input: UserInput): Promise<User> {
  const name = normaliseName(input.name);
  requireName(name);
  requirePersonRole(input.role);
  return {
    userId: deps.ids.next(),
    name,
    role: input.role,
    passwordHash: await deps.passwords.hash(input.password, name),
    factoryId: input.factoryId,
    lineId: input.lineId,
    disabled: false,
    tokenGeneration: 0,
    ...noFailure,
    createdAt: deps.clock.now(),
  };
}

interface Change<P> {
  readonly userId: string;
  readonly patch: P;
}

/** The columns a patch changes; the password is hashed before the transaction begins. */
async function encodePatch(
  records: RecordStore,
  passwords: Passwords,
  { userId, patch }: Change<UserPatch>,
): Promise<Partial<User>> {
  const { password, ...rest } = patch;
  if (rest.role !== undefined) requirePersonRole(rest.role);
  if (password === undefined) return rest;
  const { name } = await records.read((tx) => getUser(tx, userId));
  return { ...rest, ...noFailure, passwordHash: await passwords.hash(password, name) };
}

async function applyPatch(
  tx: RecordTransaction,
  { userId, changes }: { readonly userId: string; readonly changes: Partial<User> },
  by: Principal,
  audit: AuditLog,
): Promise<User> {
  const user = await getUser(tx, userId);
  const wanted = { ...user, ...changes };
  const loses = isActiveAdmin(user) && !isActiveAdmin(wanted);
  if (
    loses &&
    (await tx.count("user_account", { where: { role: "admin", disabled: false } })) === 1
  ) {
    const message = `Cannot change "${user.name}": nobody else is an administrator, nothing was changed`;
    throw new IaiError("STATE_REFUSED", message);
  }
  // A new password and a disabled account end every session.
  const ends = changes.passwordHash !== undefined || changes.disabled === true;
  const next = { ...wanted, tokenGeneration: user.tokenGeneration + (ends ? 1 : 0) };
  await tx.update("user_account", { userId }, next);
  const { passwordHash, ...told } = changes;
  const detail = passwordHash === undefined ? told : { ...told, password: "changed" };
  await audit.stage(tx, entryBy(by, "user.change", userId, { name: user.name, ...detail }));
  return next;
}

function isActiveAdmin(user: User): boolean {
  return user.role === "admin" && !user.disabled;
}

async function getUser(tx: Pick<RecordTransaction, "find">, userId: string): Promise<User> {
  const user = await tx.find("user_account", { userId });
  if (user !== null) return user;
  throw new IaiError("NOT_FOUND", `Cannot find the user "${userId}"`);
}

function requireName(name: string): void {
  if (name.length >= 1 && name.length <= 100 && !/\p{C}/u.test(name)) return;
  const reason = "`name` must have 1 to 100 printable characters";
  throw new IaiError("INVALID_REQUEST", `Cannot add the user: ${reason}, nothing was stored`);
}

function requirePersonRole(role: Role): void {
  if (role !== "ingest") return;
  const reason = "`ingest` is a role for keys, not for people";
  throw new IaiError("INVALID_REQUEST", `Cannot take this role: ${reason}, nothing was stored`);
}
