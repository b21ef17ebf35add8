import { Command, CommanderError, Option } from "commander";
import { IaiError } from "../../kernel/errors.ts";
import { productVersion } from "../repository.ts";

/** Exit codes of every command. */
const EXIT = { good: 0, failed: 1, usage: 2 } as const;

type Options = Record<string, string | number | boolean | undefined>;

/** Builds the command line. Each command loads its own code when it runs, so that `--help` is quick. */
function buildProgram(): Command {
  const program = new Command("iai");
  program
    .description(
      "IAI, Industrial AI Intelligence: sensor readings in; alarms, diagnoses and work orders out",
    )
    .version(productVersion)
    .showHelpAfterError("(run with --help for the options)")
    .exitOverride();
  addRunCommands(program);
  addDataCommands(program);
  addAccessCommands(program);
  addOperationCommands(program);
  addDevelopmentCommands(program);
  return program;
}

const dataDirOption = (): Option =>
  new Option(
    "--data-dir <folder>",
    "folder of everything IAI keeps (default: from the configuration, else ./data)",
  );
const configOption = (): Option =>
  new Option("--config <file>", "configuration file (default: ./iai.yaml where there is one)");

function addRunCommands(program: Command): void {
  program
    .command("start")
    .description("start IAI on this machine (embedded profile)")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(run(async (options) => (await import("./commands/start.ts")).runStart(options)));
  program
    .command("stop")
    .description("stop what `start` began, gracefully")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(run(async (options) => (await import("./commands/stop.ts")).runStop(options)));
  program
    .command("demo")
    .description("a plant to look at within a minute, on a temporary data folder")
    .option("--replay <file>", "play a recording as one more machine")
    .option("--map <file>", "how the recording's columns become readings")
    .option("--speed <n>", "how much faster than real time events pass", "1")
    .option("--seed <n>", "which faults on which machines", "7")
    .option("--no-open", "do not open a browser")
    .option("--for <seconds>", "stop by itself after this time")
    .action(run(async (options) => (await import("./commands/demo.ts")).runDemo(options)));
  program
    .command("role")
    .argument("<name>", "ingestor | archiver | agent-server | console")
    .description("one role of the cluster profile")
    .action(
      run(async () => {
        throw new IaiError(
          "UNSUPPORTED",
          "Cannot start a single role: the cluster profile is not part of this version, use `iai start`",
        );
      }),
    );
}

function addDataCommands(program: Command): void {
  program
    .command("replay")
    .argument("<file>", "CSV recording, .gz is read as it is")
    .requiredOption("--map <file>", "how its columns become readings")
    .option("--device <id>", "device the rows belong to; wins over the map")
    .option("--speed <n>", "1 is real time, `max` as fast as it is accepted", "1")
    .option("--shift-to-now", "move all times so that the last row is sent at its own time")
    .option("--url <address>", "address of a running IAI", "http://127.0.0.1:8000")
    .option("--key <key>", "API key (or IAI_KEY in the environment)")
    .option("--json", "one JSON line at the end instead of progress")
    .description("send a recording through the HTTP ingest of a running IAI")
    .action(
      run(async (options, file) =>
        (await import("./commands/replay.ts")).runReplay({ ...options, file }),
      ),
    );
  program
    .command("simulate")
    .option("--devices <n>", "number of machines", "12")
    .option("--rate <r>", "readings a second and machine", "1")
    .option("--fault <kind@time...>", "fault kind and when it begins, e.g. bearing_wear@60s")
    .option("--protocol <name>", "http (mqtt, modbus and opcua arrive later)", "http")
    .option("--seed <s>", "the same seed gives the same plant", "7")
    .option("--speed <n>", "how much faster than real time events pass", "1")
    .option("--for <seconds>", "stop after this time; without it: until interrupted")
    .option("--url <address>", "address of a running IAI", "http://127.0.0.1:8000")
    .option("--key <key>", "API key (or IAI_KEY in the environment)")
    .description("a physical plant model that sends readings like a real peer")
    .action(run(async (options) => (await import("./commands/simulate.ts")).runSimulate(options)));
  program
    .command("detect")
    .argument("<file>", "CSV recording, .gz is read as it is")
    .requiredOption("--map <file>", "how its columns become readings")
    .option("--device <id>", "device the rows belong to; wins over the map")
    .option("--learn-rows <n>", "good readings the baseline learns from")
    .option("--rows", "one JSON line a row instead of one line an episode")
    .option("--limit <metric=value...>", "rated maximum of a metric")
    .option("--json", "episodes as JSON lines")
    .description("run the detectors over a recording, offline")
    .action(
      run(async (options, file) =>
        (await import("./commands/detect.ts")).runDetectCommand({ ...options, file }),
      ),
    );
  program
    .command("export")
    .argument(
      "<kind>",
      "readings | aggregates | anomalies | alerts | reports | orders | quarantine | audit",
    )
    .option("--device <id>", "only this device")
    .option("--from <time>", "from, inclusive (ISO or ms)")
    .option("--to <time>", "to, exclusive (ISO or ms)")
    .addOption(
      new Option("--format <name>", "form of the rows")
        .choices(["ndjson", "csv"])
        .default("ndjson"),
    )
    .addOption(configOption())
    .addOption(dataDirOption())
    .description("whole rows with stable field names to standard output")
    .action(
      run(async (options, kind) =>
        (await import("./commands/export.ts")).runExport({ ...options, kind }),
      ),
    );
}

function addAccessCommands(program: Command): void {
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
      run(async (options) =>
        (await import("./commands/keys.ts")).runKeyCreate(await here(options)),
      ),
    );
  key
    .command("list")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run(async (options) => (await import("./commands/keys.ts")).runKeyList(await here(options))),
    );
  key
    .command("revoke")
    .argument("<id>", "id of the key")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run(async (options, id) =>
        (await import("./commands/keys.ts")).runKeyRevoke({ ...(await here(options)), id }),
      ),
    );
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
      run(async (options) => (await import("./commands/users.ts")).runUserAdd(await here(options))),
    );
  user
    .command("list")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run(async (options) =>
        (await import("./commands/users.ts")).runUserList(await here(options)),
      ),
    );
  user
    .command("disable")
    .argument("<name>", "sign-in name")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run(async (options, name) =>
        (await import("./commands/users.ts")).runUserDisable({ ...(await here(options)), name }),
      ),
    );
}

function addOperationCommands(program: Command): void {
  const here_ = (name: string, about: string): Command =>
    program.command(name).description(about).addOption(configOption()).addOption(dataDirOption());
  here_("health", "is the running IAI well? exit 1 when not")
    .option("--json", "as JSON")
    .action(run(async (options) => (await import("./commands/health.ts")).runHealth(options)));
  here_("doctor", "check this machine, the configuration and the data folder")
    .option("--json", "as JSON")
    .action(run(async (options) => (await import("./commands/doctor.ts")).runDoctor(options)));
  here_("backup", "one consistent copy of records and configuration")
    .argument("<file>", "file to write")
    .action(
      run(async (options, file) =>
        (await import("./commands/backup.ts")).runBackup({ ...options, file }),
      ),
    );
  here_("restore", "put a backup in place of the records; IAI must not run")
    .argument("<file>", "file that `backup` wrote")
    .action(
      run(async (options, file) =>
        (await import("./commands/backup.ts")).runRestore({ ...options, file }),
      ),
    );
  here_("rebuild", "create every projection anew from the log; IAI must not run").action(
    run(async (options) => (await import("./commands/rebuild.ts")).runRebuild(options)),
  );
  here_("verify-audit", "check the hash chain of the audit log").action(
    run(async (options) => (await import("./commands/verify-audit.ts")).runVerifyAudit(options)),
  );
  const config = program.command("config").description("the configuration");
  config
    .command("check")
    .addOption(configOption())
    .action(run(async (options) => (await import("./commands/config.ts")).runConfigCheck(options)));
  config
    .command("print")
    .addOption(configOption())
    .action(run(async (options) => (await import("./commands/config.ts")).runConfigPrint(options)));
  config
    .command("docs")
    .action(run(async () => (await import("./commands/config.ts")).runConfigDocs()));
  program
    .command("completion")
    .addOption(new Option("--shell <name>", "which shell").choices(["bash", "zsh"]).default("bash"))
    .description("print a completion script")
    .action(
      run(async (options) =>
        (await import("./commands/completion.ts")).runCompletion(program, options),
      ),
    );
}

function addDevelopmentCommands(program: Command): void {
  program
    .command("bench")
    .option("--quick", "one short round")
    .option("--rounds <n>", "rounds", "3")
    .option("--peers <list>", "peers beside IAI: node-red, none", "node-red")
    .option("--out <file>", "write the result as Markdown")
    .description("measure this IAI beside its peers on this machine")
    .action(run(async (options) => (await import("./commands/bench.ts")).runBench(options)));
  program
    .command("ok")
    .description("format, lint, types, tidy and unit tests")
    .action(run(async () => (await import("./commands/development.ts")).runOk()));
  program
    .command("test")
    .description("everything that needs no server of others")
    .action(run(async () => (await import("./commands/development.ts")).runTest()));
}

/** Fills in the data folder of the configuration where none was named. */
async function here(options: Options): Promise<Options & { readonly dataDir: string }> {
  const { dataDirOf } = await import("./settings.ts");
  return { ...options, dataDir: await dataDirOf(options) };
}

/** Wraps a command: its number is the exit code, an error is told in words and ends with 1. */
function run(
  work: (options: never, argument: never) => Promise<number> | number,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const argument = command.args[0];
    process.exitCode = await work(command.opts() as never, argument as never);
  };
}

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync(process.argv);
  } catch (failure) {
    if (failure instanceof CommanderError) {
      process.exitCode = failure.exitCode === 0 ? EXIT.good : EXIT.usage;
      return;
    }
    if (failure instanceof IaiError) {
      process.stderr.write(`iai: ${failure.message} [${failure.code}]\n`);
      process.exitCode = failure.code === "USAGE" ? EXIT.usage : EXIT.failed;
      return;
    }
    process.stderr.write(`iai: ${failure instanceof Error ? failure.stack : String(failure)}\n`);
    process.exitCode = EXIT.failed;
  }
}

await main();
