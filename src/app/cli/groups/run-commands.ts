import { type Command, Option } from "commander";
import type { AskCommandOptions } from "../commands/ask.ts";
import type { DemoOptions } from "../commands/demo.ts";
import type { McpCommandOptions } from "../commands/mcp.ts";
import type { SettingOptions } from "../settings.ts";
import { configOption, dataDirOption, run } from "./command.ts";

export function addRunCommands(program: Command): void {
  program
    .command("start")
    .description("start IAI on this machine (embedded profile)")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(run(async (options) => (await import("../commands/start.ts")).runStart(options)));
  program
    .command("role")
    .argument("<name>", "ingestor | archiver | agent-server | console")
    .addOption(configOption())
    .addOption(dataDirOption())
    .description(
      "one role of the cluster profile: several of each may run, each with a data folder of its own",
    )
    .action(
      run(async (options, name) => (await import("../commands/start.ts")).runRole(options, name)),
    );
  addClusterCommands(program);
  program
    .command("stop")
    .description("stop what `start` or `role` began, gracefully")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(run(async (options) => (await import("../commands/stop.ts")).runStop(options)));
  program
    .command("demo")
    .description("a plant to look at within a minute, on a temporary data folder")
    .option("--replay <file>", "play a recording as one more machine")
    .option("--map <file>", "how the recording's columns become readings")
    .option("--speed <n>", "how much faster than real time events pass", "1")
    .option("--seed <n>", "which faults on which machines", "7")
    .option("--no-open", "do not open a browser")
    .option("--for <seconds>", "stop by itself after this time")
    .action(
      run<DemoOptions>(async (options) => (await import("../commands/demo.ts")).runDemo(options)),
    );
  addAskCommand(program);
  program
    .command("mcp")
    .description("tools for agents over MCP on stdin and stdout, from a running IAI")
    .option("--url <url>", "address of the IAI (default: IAI_URL, else the one on the data folder)")
    .option(
      "--key <key>",
      "key (default: IAI_KEY, which other programs of this machine cannot see)",
    )
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run<McpCommandOptions>(async (options) =>
        (await import("../commands/mcp.ts")).runMcp(options),
      ),
    );
}

function addClusterCommands(program: Command): void {
  const cluster = program.command("cluster").description("the cluster profile as a whole");
  cluster
    .command("deploy")
    .option(
      "--flink-lib <folder>",
      "folder with the jars of the Flink cluster, to build the jobs with (default: they came built)",
    )
    .addOption(configOption())
    .addOption(dataDirOption())
    .description("bring the jobs of this version into Flink; what runs goes on from a savepoint")
    .action(
      run<SettingOptions & { flinkLib?: string }>(async (options) =>
        (await import("../commands/cluster.ts")).runClusterDeploy(options),
      ),
    );
  cluster
    .command("build")
    .requiredOption("--flink-lib <folder>", "folder with the jars of the Flink cluster")
    .option("--out <folder>", "where the jar goes (default: where `cluster deploy` looks for it)")
    .description("build the jobs of this version for machines without a JDK")
    .action(
      run<{ flinkLib: string; out?: string }>(async (options) =>
        (await import("../commands/cluster.ts")).runClusterBuild(options),
      ),
    );
  cluster
    .command("stop")
    .addOption(configOption())
    .addOption(dataDirOption())
    .description("stop the jobs inside Flink, each with a savepoint")
    .action(
      run(async (options) => (await import("../commands/cluster.ts")).runClusterStop(options)),
    );
  cluster
    .command("status")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .description("roles, lags, jobs and checkpoints in one table")
    .action(
      run<SettingOptions & { json?: boolean }>(async (options) =>
        (await import("../commands/cluster.ts")).runClusterStatus(options),
      ),
    );
}

function addAskCommand(program: Command): void {
  program
    .command("ask")
    .argument("<question>", "in Chinese or English")
    .description("ask a running IAI about a machine or an alarm, answered from its data")
    .option("--device <id>", "the machine it is about")
    .option("--alert <trace>", "the alarm it is about")
    .addOption(new Option("--language <name>", "of the answer").choices(["zh", "en"]))
    .option("--url <url>", "address of the IAI (default: IAI_URL, else the one on the data folder)")
    .option("--key <key>", "key of a viewer or above (default: IAI_KEY)")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .action(
      run<AskCommandOptions>(async (options, question) =>
        (await import("../commands/ask.ts")).runAsk(options, question),
      ),
    );
}
