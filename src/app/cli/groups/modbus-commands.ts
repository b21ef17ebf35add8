import type { Command } from "commander";
import { run } from "./command.ts";

/** `iai modbus`: register maps. */
export function addModbusCommands(program: Command): void {
  program
    .command("modbus")
    .description("Modbus slaves: register maps")
    .command("map")
    .argument("<file>", "table of registers, CSV; see docs/protocols.md")
    .description("writes a table of registers as a register map (YAML)")
    .action(
      run(async (_options, file) => (await import("../commands/modbus-map.ts")).runModbusMap(file)),
    );
}
