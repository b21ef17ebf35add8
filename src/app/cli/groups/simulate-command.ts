import type { Command } from "commander";
import type { SimulateOptions } from "../commands/simulate.ts";
import { run } from "./command.ts";

/** `iai simulate`: a plant, and the wire it speaks on. */
export function addSimulateCommand(program: Command): void {
  const command = program
    .command("simulate")
    .option("--devices <n>", "number of machines, 1 to 10000", "12")
    .option("--rate <r>", "readings a second and machine", "1")
    .option(
      "--fault <kind@time...>",
      "fault kind and when it begins, e.g. bearing_wear@60s; @DEVICE and @METRIC may follow",
    )
    .option("--scenario <file>", "machines and faults as YAML; wins over the options")
    .option(
      "--truth <file>",
      "what was really wrong and from when on it showed, a JSON line a fault",
    )
    .option("--load <profile>", "continuous or shifts", "continuous")
    .option("--list", "print machine types and fault kinds, and end")
    .option("--json", "with --list: as JSON")
    .option("--protocol <name>", "http, mqtt, sparkplug, modbus or opcua", "http")
    .option("--seed <s>", "the same seed gives the same plant", "7")
    .option("--speed <n>", "how much faster than real time events pass", "1")
    .option("--for <seconds>", "stop after this time; without it: until interrupted");
  addWireOptions(command)
    .description(
      "a physical plant model that sends readings, or is asked for them, like a real peer",
    )
    .action(
      run<SimulateOptions>(async (options) =>
        (await import("../commands/simulate.ts")).runSimulate(options),
      ),
    );
}

function addWireOptions(command: Command): Command {
  return command
    .option(
      "--url <address>",
      "http: a running IAI, default http://127.0.0.1:8000; mqtt, sparkplug: a broker, default mqtt://127.0.0.1:1883",
    )
    .option("--key <key>", "http: API key (or IAI_KEY in the environment)")
    .option("--user <name>", "mqtt, sparkplug: user of the broker")
    .option("--password-file <file>", "mqtt, sparkplug: file with its password")
    .option("--port <n>", "modbus, opcua: where it listens on 127.0.0.1, default 1502 or 4840")
    .option("--out <folder>", "modbus, opcua: where maps and entries for `sources` are written")
    .option("--insecure", "opcua: also without signature and encryption");
}
