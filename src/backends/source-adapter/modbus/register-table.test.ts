import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRegisterMap } from "./register-map.ts";
import { readRegisterTable } from "./register-table.ts";

describe("a register map in a table", () => {
  it("is the same map as its YAML, with options, types of PLC programmers and a state in words", () => {
    const table = readRegisterTable(
      [
        "# order = CDAB",
        "# max_gap = 4",
        "# from the manual, page 12",
        "metric;function;address;type;order;bit;bits;scale;offset;unit;values;invalid",
        "temperature;3;100;INT;;;;0.1;-5;°C;;-32768|32767",
        "pressure;3;0x66;REAL;ABCD;;;;;bar",
        "valve;4;3;;;4;3;;;;0=0|1=50",
        "running;2;0",
        "status;4;5;;;;;;;;0=STOPPED|2=RUNNING",
      ].join("\r\n"),
    );
    const yaml = `
order: CDAB
max_gap: 4
metrics:
  temperature: { function: 3, address: 100, type: int16, scale: 0.1, offset: -5, unit: °C, invalid: [-32768, 32767] }
  pressure: { function: 3, address: 102, type: float32, order: ABCD, unit: bar }
  valve: { function: 4, address: 3, bit: 4, bits: 3, values: { 0: 0, 1: 50 } }
  running: { function: 2, address: 0 }
status: { function: 4, address: 5, values: { 0: STOPPED, 2: RUNNING } }
`;
    assert.deepEqual(table.errors, []);
    assert.equal(table.rows, 5);
    assert.deepEqual(table.map, parseRegisterMap("pump", yaml));
  });

  it("takes an address as manuals number them for function and address, whatever the base", () => {
    for (const head of ["", "# address_base = 1\n"]) {
      const { map, errors } = readRegisterTable(
        `${head}metric,address\na,40001\nb,30010\nc,00001\nd,10005\ne,400123\n`,
      );
      assert.deepEqual(errors, []);
      const first = head === "" ? 0 : 1;
      const places = Object.values(map?.metrics ?? {}).map((one) => [one.function, one.address]);
      assert.deepEqual(places, [
        [3, first],
        [4, first + 9],
        [1, first],
        [2, first + 4],
        [3, first + 122],
      ]);
    }
  });

  it("tells of each row what is wrong with it, and takes none of them", () => {
    const { map, errors, rows } = readRegisterTable(
      [
        "metric,function,address,type,scale,unit,values",
        'temperature,3,100,int16,"0,1",°C',
        ",3,101",
        "flow,3,102,int24",
        "flow,3,103",
        "speed,3,70000",
        "level,3,104,,,furlong",
        "mode,3,105,,,,open",
      ].join("\n"),
    );
    assert.equal(map, null);
    assert.equal(rows, 7);
    // Rows that cannot be read hide what the whole map would say of the others.
    assert.deepEqual(
      errors.map(({ row, column }) => [row, column]),
      [
        [2, "scale"],
        [3, "metric"],
        [5, "metric"],
        [8, "values"],
      ],
    );
    const second = readRegisterTable(
      "metric,function,address,type,unit\nflow,3,102,int24\nspeed,3,65000,,\nlevel,3,104,,furlong\nmode,6,1\n",
    );
    assert.deepEqual(
      second.errors.map(({ row, column }) => [row, column]),
      [
        [2, "type"],
        [4, "unit"],
        [5, "function"],
      ],
    );
  });

  it("says which columns there are, and that an empty table is none", () => {
    assert.equal(readRegisterTable("metric,addr\nflow,1\n").errors[0]?.column, "addr");
    assert.equal(readRegisterTable("metric,function,address\n").errors.length, 1);
    assert.equal(readRegisterTable("").map, null);
    assert.equal(readRegisterTable('metric,function\n"flow,3\n').map, null);
  });
});
