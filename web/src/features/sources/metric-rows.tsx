import { Button, Input } from "antd";
import { useState } from "react";
import { change } from "../../api/endpoints.ts";
import type { DeviceTemplate, RegisterMap } from "../../api/types.ts";
import type { TextKey } from "../../i18n/dictionary.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { TemplateSelect } from "../../ui/template-select.tsx";
import { type Row, rowsOfMap, type SourceDraft } from "./source-draft.ts";

interface RowsProps {
  readonly draft: SourceDraft;
  readonly setDraft: (draft: SourceDraft) => void;
}

type Columns = readonly (readonly [name: string, text: TextKey])[];

/** Columns of the table of metrics; empty where the protocol brings its own names. */
function columnsOf({ protocol, fields }: SourceDraft): Columns {
  const metric = ["metric", "connect.metric"] as const;
  const unit = ["unit", "connect.unit"] as const;
  switch (protocol) {
    case "modbus":
      return [
        metric,
        ["function", "connect.function"],
        ["address", "connect.address"],
        ["type", "connect.type"],
        ["scale", "connect.scale"],
        ["offset", "connect.offset"],
        unit,
      ];
    case "opcua":
      return [metric, ["node", "connect.node"], unit];
    case "sparkplug":
      return [["field", "connect.sparkplug_name"], metric, unit];
    case "mqtt":
      if (fields["payload"] === "flat") return [["field", "connect.field"], metric, unit];
      if (fields["payload"] === "jsonpath") return [metric, ["field", "connect.path"], unit];
      return [];
    case "http":
      return [];
  }
}

/** Which register, node or field is which metric. */
export function MetricRows({ draft, setDraft }: RowsProps) {
  const t = useText();
  const columns = columnsOf(draft);
  if (columns.length === 0) return null;
  const setRows = (rows: readonly Row[]): void => setDraft({ ...draft, rows });
  const setCell = (index: number, name: string, value: string): void =>
    setRows(draft.rows.map((row, at) => (at === index ? { ...row, [name]: value } : row)));
  return (
    <div className="column">
      <div className="table-scroll">
        <table className="plain-table metric-rows">
          <thead>
            <tr>
              {columns.map(([name, text]) => (
                <th key={name} scope="col">
                  {t(text)}
                </th>
              ))}
              <th scope="col">
                <span className="only-read">{t("connect.row_remove")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {draft.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
              <tr key={index}>
                {columns.map(([name, text]) => (
                  <td key={name}>
                    <Input
                      size="small"
                      aria-label={`${t(text)} ${index + 1}`}
                      value={row[name] ?? ""}
                      spellCheck={false}
                      onChange={(event) => setCell(index, name, event.target.value)}
                    />
                  </td>
                ))}
                <td>
                  <Button
                    size="small"
                    aria-label={`${t("connect.row_remove")} ${index + 1}`}
                    onClick={() => setRows(draft.rows.filter((_, at) => at !== index))}
                  >
                    ×
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(draft.protocol === "modbus" || draft.protocol === "opcua") && (
        <TemplateSelect
          onChoose={(template) => setRows([...written(draft.rows), ...rowsOfTemplate(template)])}
        />
      )}
      <div className="row">
        <Button size="small" onClick={() => setRows([...draft.rows, {}])}>
          {t("connect.row_add")}
        </Button>
        {draft.protocol === "modbus" && <RegisterTable draft={draft} setDraft={setDraft} />}
      </div>
    </div>
  );
}

/** Rows that say where their value is; those that only name a metric make room. */
const written = (rows: readonly Row[]): readonly Row[] =>
  rows.filter((row) => (row["address"] ?? row["node"] ?? "") !== "");

/** The metrics of a kind of machine; where each lies only the manual of the device knows. */
function rowsOfTemplate(template: DeviceTemplate): readonly Row[] {
  return Object.entries(template.metrics).map(([metric, { unit }]) => ({ metric, unit }));
}

/** A register map from a spreadsheet; what is wrong is told row by row, and nothing is taken then. */
function RegisterTable({ draft, setDraft }: RowsProps) {
  const t = useText();
  const write = useWrite();
  const [errors, setErrors] = useState<RegisterMap["errors"]>([]);
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    await write(async () => {
      const { map, errors: found } = await change.readRegisterMap(await file.text());
      setErrors(found);
      if (map === null) return;
      const fields = {
        ...draft.fields,
        order: String(map["order"]),
        address_base: String(map["address_base"]),
      };
      setDraft({ ...draft, fields, rows: rowsOfMap(map) });
    });
  };
  return (
    <>
      <label className="small">
        {t("connect.csv")}{" "}
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={(event) => void choose(event.target.files?.[0])}
        />
      </label>
      {errors.length > 0 && (
        <ul className="source-list" role="alert">
          {errors.map((error) => (
            <li key={`${error.row} ${error.column ?? ""}`} className="form-error small">
              {t("connect.csv_row", { row: error.row })} {error.column} {error.detail}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
