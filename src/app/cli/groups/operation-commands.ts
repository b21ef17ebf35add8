import { type Command, Option } from "commander";
import { configOption, dataDirOption, run } from "./command.ts";

export function addOperationCommands(program: Command): void {
  const here_ = (name: string, about: string): Command =>
    program.command(name).description(about).addOption(configOption()).addOption(dataDirOption());
  here_("health", "is the running IAI well? exit 1 when not")
    .option("--json", "as JSON")
    .action(run(async (options) => (await import("../commands/health.ts")).runHealth(options)));
  here_("doctor", "check this machine, the configuration and the data folder")
    .option("--json", "as JSON")
    .action(run(async (options) => (await import("../commands/doctor.ts")).runDoctor(options)));
  here_("backup", "one consistent copy of records and configuration")
    .argument("<file>", "file to write")
    .action(
      run(async (options, file) =>
        (await import("../commands/backup.ts")).runBackup({ ...options, file }),
      ),
    );
  here_("restore", "put a backup in place of the records; IAI must not run")
    .argument("<file>", "file that `backup` wrote")
    .action(
      run(async (options, file) =>
        (await import("../commands/backup.ts")).runRestore({ ...options, file }),
      ),
    );
  here_("rebuild", "create every projection anew from the log; IAI must not run").action(
    run(async (options) => (await import("../commands/rebuild.ts")).runRebuild(options)),
  );
  here_("verify-audit", "check the hash chain of the audit log").action(
    run(async (options) => (await import("../commands/verify-audit.ts")).runVerifyAudit(options)),
  );
  addLlmCommands(program);
  const config = program.command("config").description("the configuration");
  config
    .command("check")
    .addOption(configOption())
    .action(
      run(async (options) => (await import("../commands/config.ts")).runConfigCheck(options)),
    );
  config
    .command("print")
    .addOption(configOption())
    .action(
      run(async (options) => (await import("../commands/config.ts")).runConfigPrint(options)),
    );
  config
    .command("docs")
    .action(run(async () => (await import("../commands/config.ts")).runConfigDocs()));
  program
    .command("completion")
    .addOption(new Option("--shell <name>", "which shell").choices(["bash", "zsh"]).default("bash"))
    .description("print a completion script")
    .action(
      run<{ readonly shell: "bash" | "zsh" }>(async (options) =>
        (await import("../commands/completion.ts")).runCompletion(program, options),
      ),
    );
}

function addLlmCommands(program: Command): void {
  program
    .command("llm")
    .description("the language model")
    .command("check")
    .addOption(configOption())
    .option("--json", "as JSON")
    .description("ask the configured language model what the agents will ask; exit 1 when it fails")
    .action(run(async (options) => (await import("../commands/llm.ts")).runLlmCheck(options)));
}
