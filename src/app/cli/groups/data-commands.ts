import { type Command, Option } from "commander";
import type { BacktestOptions } from "../commands/backtest.ts";
import type { DetectCommandOptions } from "../commands/detect.ts";
import type { EvalCommandOptions } from "../commands/eval.ts";
import type { ExportOptions } from "../commands/export.ts";
import type { ReplayOptions } from "../commands/replay.ts";
import { configOption, dataDirOption, run } from "./command.ts";
import { addModbusCommands } from "./modbus-commands.ts";
import { addOpcuaCommands } from "./opcua-commands.ts";
import { addSimulateCommand } from "./simulate-command.ts";

export function addDataCommands(program: Command): void {
  addSendingCommands(program);
  addReadingCommands(program);
  addEvalCommand(program);
  addModbusCommands(program);
  addOpcuaCommands(program);
}

function addSendingCommands(program: Command): void {
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
      run<ReplayOptions>(async (options, file) =>
        (await import("../commands/replay.ts")).runReplay({ ...options, file }),
      ),
    );
  addSimulateCommand(program);
}

function addReadingCommands(program: Command): void {
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
      run<DetectCommandOptions>(async (options, file) =>
        (await import("../commands/detect.ts")).runDetectCommand({ ...options, file }),
      ),
    );
  program
    .command("backtest")
    .requiredOption("--rule <rule>", "id of a rule, or the text of a new one")
    .option(
      "--text <text>",
      "the rule's text in another form; without it: this version against the one before",
    )
    .option("--severity <P0..P3>", "its severity in another form")
    .option("--device <id>", "only this device")
    .option("--from <time>", "from, inclusive (ISO or ms); default: 7 days before the end")
    .option("--to <time>", "to, exclusive (ISO or ms); default: now")
    .addOption(configOption())
    .addOption(dataDirOption())
    .option("--json", "as JSON")
    .description(
      "the time machine: alarms that a changed rule would have gained, lost, told earlier or later",
    )
    .action(
      run<BacktestOptions>(async (options) =>
        (await import("../commands/backtest.ts")).runBacktest(options),
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
      run<ExportOptions>(async (options, kind) =>
        (await import("../commands/export.ts")).runExport({ ...options, kind }),
      ),
    );
}

function addEvalCommand(program: Command): void {
  program
    .command("eval")
    .argument("[sets...]", "data sets; without one: all that are there")
    .option("--data <dir>", "folder of the data sets (default: ../shared/datasets)")
    .option("--json", "as JSON")
    .option("--write <file>", "put the tables into this Markdown page")
    .option("--live", "agents: also with the configured language model; costs its tokens")
    .addOption(configOption())
    .description("accuracy of the shipped detectors on public data sets")
    .action(async (sets: readonly string[], options: Omit<EvalCommandOptions, "sets">) => {
      const { runEval } = await import("../commands/eval.ts");
      process.exitCode = await runEval({ ...options, sets });
    });
}
