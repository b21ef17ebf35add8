/** Why a reading is not taken. */
export interface Refusal {
  readonly code: string;
  readonly field: string | null;
  readonly detail: string;
}

/** A JSON object as it was sent. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field of the body itself; `toString` and its like are no fields. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A refusal in one line. */
export function refuse(code: string, field: string | null, detail: string): Refusal {
  return { code, field, detail };
}
