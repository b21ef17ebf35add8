/**
 * One change of the schema, in words of no database. Once released it is never edited: the next change is the next
 * file.
 *
 * Programs of two versions may run beside each other while a cluster is updated. So a migration only adds (expand);
 * what nobody reads any longer is dropped by a migration of a later release (contract).
 */
export interface Migration {
  /** Counts up from 1 without gaps. */
  readonly version: number;
  readonly name: string;
  readonly steps: readonly Step[];
}

/** `word`: at most 255 characters, can be a key or indexed. `text`: any length. */
export type ColumnType = "word" | "text" | "integer" | "real" | "boolean" | "instant" | "json";

/** With `?` the value may be absent. */
export type ColumnSpec = ColumnType | `${ColumnType}?`;

/**
 * - `table`: with its unique columns and indexes; `clustered` rows lie in the order of their key.
 * - `column`: a new one has no values yet, so it may be absent.
 * - `full text`: an index for people's own searches, on databases that have one for Chinese; IAI searches by itself.
 */
export type Step =
  | {
      readonly add: "table";
      readonly name: string;
      readonly columns: Readonly<Record<string, ColumnSpec>>;
      readonly key: readonly string[];
      readonly unique?: readonly string[];
      readonly indexes?: Readonly<Record<string, readonly string[]>>;
      readonly clustered?: true;
    }
  | {
      readonly add: "column";
      readonly table: string;
      readonly name: string;
      readonly type: `${ColumnType}?`;
    }
  | {
      readonly add: "index";
      readonly table: string;
      readonly name: string;
      readonly columns: readonly string[];
    }
  | {
      readonly add: "full text";
      readonly table: string;
      readonly name: string;
      /** Bilingual texts. */
      readonly columns: readonly string[];
    }
  | { readonly drop: "column"; readonly table: string; readonly name: string };

export function typeOf(spec: ColumnSpec): ColumnType {
  return spec.replace("?", "") as ColumnType;
}

export function isOptional(spec: ColumnSpec): boolean {
  return spec.endsWith("?");
}
