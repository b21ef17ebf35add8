import { join } from "node:path";
import type { z } from "zod";
import { IaiError } from "../../kernel/errors.ts";
import type { SourceDraft } from "../../present/api/source-service.ts";
import { kindOf } from "../config/by-kind.ts";
import { explain } from "../config/explain.ts";
import { type SourceConfig, sourceConfig } from "../config/source-schema.ts";
import { objectsOf } from "../config/unwrap.ts";

type Options = Readonly<Record<string, unknown>>;

/** Names of the secrets that a source keeps sealed beside its options. */
export type SecretNames = readonly string[];

/** Where a configuration says that a password is a sealed one. */
const SEALED = "sealed:";
/** Variables of other programs are nobody's business; these are there for sources. */
const VARIABLE = /^PLANT_[A-Z0-9_]{1,60}$/;
const FILE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

/**
 * The configuration of a source that came over the API: checked by the schema of the configuration file, and beyond
 * it held to the files and variables that are there for sources. Whoever may add a source must not be able to send
 * any file or variable of this machine to an address of their own as a password.
 */
export function configOfDraft(
  draft: Omit<SourceDraft, "secrets">,
  secretNames: SecretNames,
): SourceConfig {
  const { name, kind, options } = draft;
  for (const key of ["name", "kind"])
    if (key in options)
      throw invalid([{ field: `options.${key}`, detail: "stands beside options" }]);
  if (!kinds().includes(kind))
    throw invalid([{ field: "kind", detail: `must be one of ${kinds().join(", ")}` }]);
  const faults = foreignReferences(options, "options");
  if (faults.length > 0) throw invalid(faults);
  const unknown = secretNames.filter((secret) => !takesSecret(kind, secret));
  if (unknown.length > 0)
    throw invalid(unknown.map((each) => ({ field: `secrets.${each}`, detail: "is not used" })));
  const sealed = secretNames.map((secret) => [`${secret}Variable`, `${SEALED}${secret}`] as const);
  const values = {
    // Alarms leave through sources of the configuration file, whose addresses an administrator wrote.
    ...("topics" in shapeOf(kind) ? { alarmTopic: null } : {}),
    ...options,
    ...Object.fromEntries(sealed),
    name,
    kind,
  };
  const parsed = sourceConfig.safeParse(values);
  if (!parsed.success) throw invalid(parsed.error.issues.map((issue) => faultOf(issue, values)));
  const { data } = parsed;
  if ("alarmTopic" in data && data.alarmTopic !== null) {
    const detail = "must be null: alarms are published by sources of the configuration file";
    throw invalid([{ field: "options.alarmTopic", detail }]);
  }
  return data;
}

/** With its files at their place. */
export function placeFiles(config: SourceConfig, folder: string): SourceConfig {
  const place = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return isFileOption(key) ? join(folder, value) : value;
    if (Array.isArray(value)) return value.map((item) => place(item, ""));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, place(item, name)]),
    );
  };
  return place(config, "") as SourceConfig;
}

/** Passwords by the name that stands in the configuration: sealed ones, else variables that are there for sources. */
export function variablesOf(
  secrets: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): (name: string) => string | undefined {
  return (name) => {
    if (name.startsWith(SEALED)) return secrets[name.slice(SEALED.length)];
    return VARIABLE.test(name) ? environment[name] : undefined;
  };
}

/**
 * True when two sources speak to the same peer in the same way: only then may secrets that were given for one be used
 * for the other.
 */
export function isSamePeer(a: Options, b: Options): boolean {
  const matter = (options: Options): string =>
    JSON.stringify(
      Object.entries(options)
        .filter(([key]) =>
          /url|host|port|endpoint|tls|insecure|secur|trust|user|version/i.test(key),
        )
        .toSorted(([x], [y]) => (x < y ? -1 : 1)),
    );
  return matter(a) === matter(b);
}

export function invalid(
  errors: readonly { readonly field: string; readonly detail: string }[],
): IaiError {
  const [first] = errors;
  const message = `Cannot take the source: ${first?.field ?? ""} ${first?.detail ?? ""}; nothing was changed`;
  return new IaiError("INVALID_REQUEST", message, { data: { errors } });
}

/** In the words that the configuration file is refused with. */
function faultOf(
  issue: z.core.$ZodIssue,
  values: object,
): { readonly field: string; readonly detail: string } {
  const path = ["sources", 0, ...issue.path];
  const about = { values: { sources: [values] }, origins: new Map<string, string>(), origin: "" };
  const told = explain({ ...issue, path }, about).replaceAll(" (from )", "");
  const key = path.map(String).join(".");
  const detail = told.startsWith(`${key} `) ? told.slice(key.length + 1) : told;
  const field = ["options", ...issue.path].map(String).join(".");
  return { field, detail: detail.replace(' of "sources.0"', "") };
}

const kinds = (): readonly string[] => objectsOf(sourceConfig).map(kindOf);

function takesSecret(kind: string, secret: string): boolean {
  return `${secret}Variable` in shapeOf(kind);
}

function shapeOf(kind: string): Readonly<Record<string, unknown>> {
  return objectsOf(sourceConfig).find((option) => kindOf(option) === kind)?.shape ?? {};
}

const isFileOption = (key: string): boolean => /(File|Folder|Dir)$/.test(key);

/** Files and variables that a source may not name, wherever they stand. */
function foreignReferences(
  value: unknown,
  path: string,
): { readonly field: string; readonly detail: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = `${path}.${key}`;
    if (typeof item !== "string") return foreignReferences(item, field);
    if (isFileOption(key) && !FILE.test(item))
      return [{ field, detail: "must be the name of a file in the folder source-files" }];
    if (key.endsWith("Variable") && !VARIABLE.test(item))
      return [{ field, detail: "must be a variable whose name begins with PLANT_" }];
    return [];
  });
}
