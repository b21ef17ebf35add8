/** What a person chose, as Grafana holds it. */
export interface Choice {
  readonly values: readonly string[];
  /** What is sent instead of the values, as it stands: the variable's own word for "all". */
  readonly verbatim: string | null;
}

export type Choices = ReadonlyMap<string, Choice>;

/** The time that a page shows, and the width of one of its pixels. */
export interface Moment {
  readonly fromMs: number;
  readonly toMs: number;
  readonly interval: string;
}

/** InfluxQL as Grafana sends it. */
export function influxqlText(text: string, choices: Choices, { fromMs, toMs, interval }: Moment) {
  const timed = text
    .replaceAll("$timeFilter", `time >= ${fromMs}ms and time <= ${toMs}ms`)
    .replaceAll("$__interval", interval);
  return whole(withChoices(timed, choices, plain));
}

/** SQL as Grafana's MySQL source sends it: variables in the browser first, macros in the server then. */
export function sqlText(text: string, choices: Choices, moment: Moment): string {
  const chosen = withChoices(text.replaceAll("$__interval", moment.interval), choices, plain);
  // An argument of a macro ends at the first bracket.
  const expanded = chosen.replace(/\$(__\w+)\(([^)]*)\)/g, (_, name: string, given: string) =>
    macro(
      name,
      given.split(",").map((argument) => argument.trim()),
      moment,
    ),
  );
  return whole(expanded);
}

/** PromQL as Grafana sends it. */
export function promqlText(text: string, choices: Choices, rateInterval: string): string {
  return whole(withChoices(text.replaceAll("$__rate_interval", rateInterval), choices, promPlain));
}

function macro(name: string, given: readonly string[], { fromMs, toMs }: Moment): string {
  const [column = "", interval = ""] = given;
  const [from, to] = [Math.floor(fromMs / 1_000), Math.floor(toMs / 1_000)];
  switch (name) {
    case "__timeFilter":
      return `${column} BETWEEN FROM_UNIXTIME(${from}) AND FROM_UNIXTIME(${to})`;
    case "__timeFrom":
      return `FROM_UNIXTIME(${from})`;
    case "__timeTo":
      return `FROM_UNIXTIME(${to})`;
    case "__timeGroupAlias": {
      const seconds = secondsOf(interval);
      return `UNIX_TIMESTAMP(${column}) DIV ${seconds} * ${seconds} AS "time"`;
    }
    default:
      throw new Error(`Grafana knows no macro "${name}"`);
  }
}

function secondsOf(interval: string): number {
  const [, count = "", unit = ""] = /^'?(\d+)([smhd])'?$/.exec(interval) ?? [];
  const seconds = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit];
  if (seconds === undefined) throw new Error(`"${interval}" is no interval`);
  return Number(count) * seconds;
}

type Format = (values: readonly string[], format: string | undefined) => string;

function withChoices(text: string, choices: Choices, format: Format): string {
  return text.replace(
    /\$(?:\{(\w+)(?::(\w+))?\}|(\w+)\b(?!\())/g,
    (match, braced: string | undefined, how: string | undefined, bare: string | undefined) => {
      const choice = choices.get(braced ?? bare ?? "");
      if (choice === undefined) return match;
      return choice.verbatim ?? format(choice.values, how);
    },
  );
}

const plain: Format = (values, format) => {
  switch (format) {
    case "regex": {
      const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}/]/g, "\\$&"));
      return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
    }
    case "sqlstring":
      return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(",");
    case undefined:
      return values.length === 1 ? (values[0] ?? "") : `{${values.join(",")}}`;
    default:
      throw new Error(`no query of ours uses the format "${format}"`);
  }
};

/** Inside a string of PromQL a backslash of a pattern needs another one. */
const promPlain: Format = (values) => {
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, "\\\\$&"));
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
};

function whole(text: string): string {
  const left = /\$\{?\w+/.exec(text);
  if (left !== null) throw new Error(`"${left[0]}" was not replaced in: ${text}`);
  return text;
}
