/** One step of the schema. Once released it is never edited: the next change is the next file. */
export interface Migration {
  /** Counts up from 1 without gaps. */
  readonly version: number;
  readonly name: string;
  /** Run in order, in one transaction together with the new entry of `schema_version`. */
  readonly statements: readonly string[];
}
