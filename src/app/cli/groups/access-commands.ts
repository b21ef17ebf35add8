import { type Command, Option } from "commander";
import type { KeyCreateOptions } from "../commands/keys.ts";
import type { UserAddOptions } from "../commands/users.ts";
import { configOption, dataDirOption, run } from "./command.ts";

export function addAccessCommands(program: Command): void {
  addKeyCommands(program);
  addUserCommands(program);
}

function addKeyCommands(program: Command): void {
  const key = program.command("key").description("API keys; also while IAI runs");
  key
    .command("create")
    .requiredOption("--name <name>", "what it is for")
    .addOption(
      new Option("--role <role>", "what it may do")
        .choices(["viewer", "operator", "engineer", "admin", "ingest"])
        .makeOptionMandatory(),
    )
    .option("--device <id...>", "devices an ingest key may speak for")
    .option("--expires-in-days <n>", "days until it stops working")
    .option("--json", "print {id, key, role} and nothing else")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run<KeyCreateOptions>(async (options) =>
        (await import("../commands/keys.ts")).runKeyCreate(options),
      ),
    );
  key
    .command("list")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(run(async (options) => (await import("../commands/keys.ts")).runKeyList(options)));
  key
    .command("revoke")
    .argument("<id>", "id of the key")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run(async (options, id) =>
        (await import("../commands/keys.ts")).runKeyRevoke({ ...options, id }),
      ),
    );
}

function addUserCommands(program: Command): void {
  const user = program
    .command("user")
    .description("people who sign in to the console; also while IAI runs");
  user
    .command("add")
    .requiredOption("--name <name>", "sign-in name")
    .addOption(
      new Option("--role <role>", "what they may do")
        .choices(["viewer", "operator", "engineer", "admin"])
        .makeOptionMandatory(),
    )
    .option(
      "--password-file <file>",
      "file with the password; without it you are asked (or standard input is read)",
    )
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run<UserAddOptions>(async (options) =>
        (await import("../commands/users.ts")).runUserAdd(options),
      ),
    );
  user
    .command("list")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(run(async (options) => (await import("../commands/users.ts")).runUserList(options)));
  user
    .command("disable")
    .argument("<name>", "sign-in name")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run(async (options, name) =>
        (await import("../commands/users.ts")).runUserDisable({
          ...options,
          name,
        }),
      ),
    );
}
