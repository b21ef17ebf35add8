import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runIai } from "../../../../test/fixtures/iai-process.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { parseRegisterMap } from "../../../backends/source-adapter/modbus/register-map.ts";
import { readRegisterTable } from "../../../backends/source-adapter/modbus/register-table.ts";

const folder = temporaryFolder("modbus-map");

describe("iai modbus map", () => {
  it("writes the map of a table as YAML that a source reads as the same map", () => {
    const file = "examples/modbus/pump.csv";
    const { status, stdout } = runIai(["modbus", "map", file]);
    assert.equal(status, 0);
    const table = readRegisterTable(readFileSync(file, "utf8"));
    assert.deepEqual(parseRegisterMap("stdout", stdout), table.map);
    const yaml = readFileSync("examples/modbus/pump.yaml", "utf8");
    assert.deepEqual(table.map, parseRegisterMap("pump.yaml", yaml));
  });

  it("names the line of each error and writes nothing", () => {
    const file = join(folder, "bad.csv");
    writeFileSync(file, "metric,function,address,unit\nflow,3,7,furlong\nspeed,9,1,\n");
    const { status, stdout, stderr } = runIai(["modbus", "map", file]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /bad\.csv:2: unit /);
    assert.match(stderr, /bad\.csv:3: function /);
  });
});
