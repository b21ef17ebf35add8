import { IaiError } from "../../../kernel/errors.ts";
import type { Role, User } from "../../../model/access.ts";
import { userToWire } from "../../../wire/access.ts";
import { commandLine, withAccess } from "../open-access.ts";
import { readPassword } from "../read-password.ts";
import type { SettingOptions } from "../settings.ts";
import { formatTable } from "../table.ts";

export interface UserAddOptions extends SettingOptions {
  readonly name: string;
  readonly role: Role;
  readonly passwordFile?: string;
  readonly json?: boolean;
}

/** `iai user add`: the password comes from a file, a pipe or the keyboard, never from the command line. */
export async function runUserAdd(options: UserAddOptions): Promise<number> {
  const { name, role } = options;
  const password = await readPassword(options.passwordFile);
  const input = { name, role, password, factoryId: null, lineId: null };
  const user = await withAccess(options, (access) => access.users.create(input, commandLine));
  if (options.json === true) console.log(JSON.stringify(userToWire(user)));
  else console.log(`User "${user.name}" (${user.role}) may sign in now.`);
  return 0;
}

/** `iai user list` */
export async function runUserList(
  options: SettingOptions & {
    readonly json?: boolean;
  },
): Promise<number> {
  const users = await withAccess(options, (access) => access.users.list());
  if (options.json === true) {
    console.log(JSON.stringify(users.map(userToWire)));
    return 0;
  }
  if (users.length === 0) {
    console.log(
      "There is no user. Open the set-up link that `./iai start` prints, or use `./iai user add`.",
    );
    return 0;
  }
  console.log(formatTable([["NAME", "ROLE", "STATE", "SINCE"], ...users.map(describeUser)]));
  return 0;
}

/** `iai user disable`: sessions of the user end within two seconds. */
export async function runUserDisable(
  options: SettingOptions & {
    readonly name: string;
  },
): Promise<number> {
  await withAccess(options, async (access) => {
    const user = (await access.users.list()).find(({ name }) => name === options.name);
    if (user === undefined) {
      throw new IaiError("NOT_FOUND", `Cannot disable "${options.name}": there is no such user`);
    }
    await access.users.patch(user.userId, { disabled: true }, commandLine);
  });
  console.log(`User "${options.name}" is disabled.`);
  return 0;
}

function describeUser(user: User): readonly string[] {
  const since = new Date(user.createdAt).toISOString();
  return [user.name, user.role, user.disabled ? "disabled" : "may sign in", since];
}
