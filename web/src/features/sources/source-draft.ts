import type { SourceDetail, SourceInput } from "../../api/types.ts";

/** What the console can set up in a form; the broker inside IAI stands in the configuration file. */
export const protocols = ["http", "mqtt", "sparkplug", "modbus", "opcua"] as const;
export type Protocol = (typeof protocols)[number];

/** One row of a table in the form; every cell a text. */
export type Row = Readonly<Record<string, string>>;

/** A source as it stands in the form: texts, empty where nothing is set. */
export interface SourceDraft {
  readonly protocol: Protocol;
  readonly name: string;
  readonly fields: Row;
  /** Metrics: registers, nodes, fields of a message. */
  readonly rows: readonly Row[];
  /** Options that the form has no field for, as JSON. */
  readonly more: string;
  /** It is kept already: what it reads stands in `more` as a whole, so that nothing of it is lost. */
  readonly isStored: boolean;
}

type Options = Record<string, unknown>;
type Kept = Readonly<Record<string, unknown>>;

const starts: Readonly<Record<Protocol, Row>> = {
  http: {},
  mqtt: {
    url: "mqtt://127.0.0.1:1883",
    version: "5",
    username: "",
    password: "",
    template: "iai/{factory_id}/{line_id}/{device_id}/readings",
    payload: "iai",
    timestamp: "timestamp",
    timeUnit: "iso",
  },
  sparkplug: {
    url: "mqtt://127.0.0.1:1883",
    version: "5",
    username: "",
    password: "",
    template: "spBv1.0/{factory_id}/+/{line_id}/{device_id}",
    requestRebirth: "false",
  },
  modbus: {
    host: "127.0.0.1",
    port: "502",
    framing: "tcp",
    deviceId: "PUMP_01",
    unit: "1",
    everyMs: "1000",
    factoryId: "F001",
    lineId: "L001",
    order: "ABCD",
    address_base: "0",
  },
  opcua: {
    url: "opc.tcp://127.0.0.1:4840",
    securityPolicy: "Basic256Sha256",
    username: "",
    password: "",
    deviceId: "PUMP_01",
    factoryId: "F001",
    lineId: "L001",
  },
};

const emptyRows: Readonly<Record<Protocol, readonly Row[]>> = {
  http: [],
  mqtt: [],
  sparkplug: [],
  modbus: [{ metric: "temperature", function: "3", address: "100", type: "float32", unit: "°C" }],
  opcua: [{ metric: "temperature", node: "ns=2;s=PUMP_01.temperature", unit: "°C" }],
};

export function newDraft(protocol: Protocol): SourceDraft {
  const name = protocol === "http" ? "" : `${protocol}-1`;
  const rows = emptyRows[protocol];
  return { protocol, name, fields: starts[protocol], rows, more: "", isStored: false };
}

/** What the API is asked for; throws a SyntaxError where `more` is no JSON object. */
export function inputOf(draft: SourceDraft): SourceInput {
  const { protocol, name, fields, rows, more, isStored } = draft;
  const own = {
    ...connectionOf(protocol, fields),
    ...(isStored ? {} : contents[protocol](fields, rows)),
  };
  const extra = more.trim() === "" ? {} : (JSON.parse(more) as unknown);
  if (typeof extra !== "object" || extra === null || Array.isArray(extra))
    throw new SyntaxError("{…}");
  const { password = "" } = fields;
  return {
    name,
    kind: kindOf(protocol),
    options: { ...own, ...(extra as Options) },
    secrets: password === "" ? {} : { password },
  };
}

function kindOf(protocol: Protocol): string {
  return protocol === "sparkplug" ? "mqtt" : protocol;
}

/** Fields of the form that say where a source is and who IAI is there. */
export const connectionFields: Readonly<Record<Protocol, readonly string[]>> = {
  http: [],
  mqtt: ["url", "version", "username"],
  sparkplug: ["url", "version", "username"],
  modbus: ["host", "port", "framing"],
  opcua: ["url", "securityPolicy", "username"],
};

function connectionOf(protocol: Protocol, fields: Row): Options {
  const parts = connectionFields[protocol].map((name) =>
    name === "port" ? number(fields, name) : text(fields, name),
  );
  return Object.assign({}, ...parts) as Options;
}

/** What is read there. */
const contents: Readonly<Record<Protocol, (fields: Row, rows: readonly Row[]) => Options>> = {
  http: () => ({}),
  mqtt: (fields, rows) => ({
    topics: [{ template: fields["template"] ?? "", payload: payloadOf(fields, rows) }],
  }),
  sparkplug: (fields, rows) => {
    const metrics = rows.length === 0 ? {} : { metrics: byName(rows, "field", sentAs) };
    const requestRebirth = fields["requestRebirth"] === "true";
    const payload = { kind: "sparkplug", requestRebirth, ...metrics };
    return { topics: [{ template: fields["template"] ?? "", payload }] };
  },
  modbus: (fields, rows) => ({ devices: [modbusDevice(fields, rows)] }),
  opcua: (fields, rows) => {
    const metrics = byName(rows, "metric", (row) => ({
      ...text(row, "node"),
      ...text(row, "unit"),
    }));
    const device = { ...place(fields, "factory_id", "line_id"), metrics };
    return { map: { devices: { [fields["deviceId"] ?? ""]: device } } };
  },
};

function payloadOf(fields: Row, rows: readonly Row[]): Options {
  const kind = fields["payload"] ?? "iai";
  if (kind === "value") return { kind, ...text(fields, "metric"), ...text(fields, "unit") };
  const at = fields["timestamp"] ?? "";
  const unit = fields["timeUnit"] ?? "iso";
  if (kind === "flat") {
    const timestamp = { field: at === "" ? null : at, unit };
    return { kind, timestamp, metrics: byName(rows, "field", sentAs) };
  }
  if (kind === "jsonpath") {
    const timestamp = { path: at === "" ? null : at, unit };
    const metrics = byName(rows, "metric", (row) => ({
      path: row["field"] ?? "",
      ...text(row, "unit"),
    }));
    return { kind, ...text(fields, "items"), timestamp, ...text(fields, "device"), metrics };
  }
  return { kind: "iai" };
}

const sentAs = (row: Row): Options => ({ ...text(row, "metric"), ...text(row, "unit") });

function modbusDevice(fields: Row, rows: readonly Row[]): Options {
  const map = {
    ...text(fields, "order"),
    address_base: Number(fields["address_base"] ?? "0"),
    metrics: byName(rows, "metric", registerOf),
  };
  return {
    deviceId: fields["deviceId"] ?? "",
    ...number(fields, "unit"),
    ...number(fields, "everyMs"),
    ...place(fields, "factoryId", "lineId"),
    map,
  };
}

const registerNumbers = ["function", "address", "bit", "bits", "scale", "offset"];
const registerTexts = ["type", "order", "unit"];
/** Columns of a register row that the form has no cell for, kept as they came from a table. */
const registerOthers = ["values", "invalid"];

function registerOf(row: Row): Options {
  const others = registerOthers.flatMap((name) => {
    const cell = row[name] ?? "";
    return cell === "" ? [] : [[name, JSON.parse(cell) as unknown]];
  });
  return Object.assign(
    {},
    ...registerNumbers.map((name) => number(row, name)),
    ...registerTexts.map((name) => text(row, name)),
    Object.fromEntries(others),
  ) as Options;
}

/** Rows of a register map that the server has read from a table. */
export function rowsOfMap(map: Kept): readonly Row[] {
  return Object.entries(map["metrics"] as Record<string, Kept>).map(([metric, register]) => {
    const cells = [...registerNumbers, ...registerTexts].flatMap((name) => {
      const value = register[name];
      return value === null || value === undefined ? [] : [[name, String(value)]];
    });
    const others = registerOthers.flatMap((name) => {
      const value = register[name];
      const isEmpty = value === null || value === undefined || JSON.stringify(value) === "[]";
      return isEmpty ? [] : [[name, JSON.stringify(value)]];
    });
    return { metric, ...Object.fromEntries([...cells, ...others]) };
  });
}

/** A stored source in the form. */
export function draftOf(source: SourceDetail): SourceDraft {
  const options = source.options ?? {};
  const protocol = protocolOf(source);
  const start = newDraft(protocol);
  const fields: Record<string, string> = { ...start.fields };
  const taken = new Set<string>(connectionFields[protocol]);
  for (const name of taken) fields[name] = cell(options[name] ?? starts[protocol][name]);
  const others = Object.entries(options).filter(([name]) => !taken.has(name));
  const more = others.length === 0 ? "" : JSON.stringify(Object.fromEntries(others), null, 2);
  return { ...start, name: source.name, fields, rows: [], more, isStored: true };
}

function cell(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function protocolOf({ kind, options }: Pick<SourceDetail, "kind" | "options">): Protocol {
  if (kind !== "mqtt") return protocols.find((each) => each === kind) ?? "mqtt";
  const topics = options?.["topics"] as readonly { payload?: { kind?: string } }[] | undefined;
  const isSparkplug = topics?.some((topic) => topic.payload?.kind === "sparkplug") === true;
  return isSparkplug ? "sparkplug" : "mqtt";
}

function byName(
  rows: readonly Row[],
  key: string,
  entryOf: (row: Row) => Options,
): Record<string, Options> {
  const named = rows.filter((row) => (row[key] ?? "") !== "");
  return Object.fromEntries(named.map((row) => [row[key] ?? "", entryOf(row)]));
}

/** Only where something is written: what is empty has the default. */
function text(fields: Row, name: string): Options {
  const value = (fields[name] ?? "").trim();
  return value === "" ? {} : { [name]: value };
}

/** What is no number goes as it is: the server says what is wrong with it. */
function number(fields: Row, name: string): Options {
  const value = (fields[name] ?? "").trim();
  if (value === "") return {};
  return { [name]: Number.isFinite(Number(value)) ? Number(value) : value };
}

function place(fields: Row, factory: string, line: string): Options {
  const { factoryId = "", lineId = "" } = fields;
  return {
    ...(factoryId === "" ? {} : { [factory]: factoryId }),
    ...(lineId === "" ? {} : { [line]: lineId }),
  };
}
