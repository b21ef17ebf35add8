import type { Command } from "commander";
import type { TrainOptions } from "../commands/train.ts";
import { configOption, dataDirOption, run } from "./command.ts";

export function addTrainingCommands(program: Command): void {
  program
    .command("train")
    .requiredOption("--type <type>", "device type the model is for")
    .option("--folder <dir>", "recordings that end with a failure; without it: closed orders")
    .option("--map <file>", "how the columns of the recordings become readings")
    .option("--step <span>", "time of one step, e.g. 10m, 1h, 1d", "1h")
    .option("--cap <steps>", "steps beyond which nobody can see wear coming", "125")
    .option("--seed <s>", "the same seed and runs give the same model", "7")
    .option("--json", "what was trained and its skill as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .description("train a failure model of a device type from its runs to failure")
    .action(
      run<TrainOptions>(async (options) =>
        (await import("../commands/train.ts")).runTrain(options),
      ),
    );
}
