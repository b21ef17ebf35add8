import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import type { RegisterMap } from "../../../backends/source-adapter/modbus/register-map.ts";
import { readRegisterTable } from "../../../backends/source-adapter/modbus/register-table.ts";
import { IaiError } from "../../../kernel/errors.ts";

/** `iai modbus map`: a table of registers (CSV) as a register map (YAML) on stdout; errors row by row on stderr. */
export function runModbusMap(file: string): number {
  const { map, errors } = readRegisterTable(read(file));
  for (const { row, column, detail } of errors)
    console.error(`${file}:${row}: ${column === null ? "" : `${column} `}${detail}`);
  if (map === null) return 1;
  process.stdout.write(stringify(written(map), { lineWidth: 0 }));
  return 0;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new IaiError("INVALID_REQUEST", `Cannot read the table "${file}"`, { cause });
  }
}

/** What a person would have written: what has its default is left out. */
function written({ metrics, ...map }: RegisterMap): object {
  const registers = Object.entries(metrics).map(([name, { invalid, bits, ...register }]) => {
    const { scale, offset, ...rest } = register;
    return [
      name,
      {
        ...withoutNull(rest),
        ...(register.bit === null ? {} : { bits }),
        ...(scale === 1 ? {} : { scale }),
        ...(offset === 0 ? {} : { offset }),
        ...(invalid.length === 0 ? {} : { invalid }),
      },
    ];
  });
  return { ...withoutNull(map), metrics: Object.fromEntries(registers) };
}

function withoutNull(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
