/** What never leaves in a prompt; read anew at each call, because users and secrets change. */
export interface Sensitive {
  /** Passwords, keys and tokens that the configuration knows. */
  readonly secrets: readonly string[];
  /** Words of the configuration's own list. */
  readonly words: readonly string[];
  readonly patterns: readonly string[];
  readonly emails: boolean;
  readonly userNames: readonly string[];
}

/** Replaces what must not leave. */
export type Redact = (text: string) => string;

const hidden = "[redacted]";
/** A user named "w" would take the letter out of every word. */
const shortestName = 2;
/** Shorter ones are no secrets and stand in many numbers. */
const shortestSecret = 6;
const email = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;

export function createRedact(sensitive: Sensitive): Redact {
  const { words, userNames, patterns, emails } = sensitive;
  const secrets = sensitive.secrets.filter((secret) => secret.length >= shortestSecret);
  const names = userNames.filter((name) => name.length >= shortestName);
  const expressions = [
    ...anyOf(secrets.map(anywhere)),
    // Before the names: what is left of an address without its name still says whose it is.
    ...(emails ? [email] : []),
    ...anyOf([...words.map(anywhere), ...names.map(asWord)]),
    ...patterns.flatMap((text) => patternOf(text) ?? []),
  ];
  return (text) => expressions.reduce((left, each) => left.replace(each, hidden), text);
}

/** The longest first: one that contains another one goes as a whole. */
function anyOf(alternatives: readonly string[]): readonly RegExp[] {
  if (alternatives.length === 0) return [];
  const sorted = alternatives.toSorted((a, b) => b.length - a.length);
  return [new RegExp(sorted.join("|"), "giu")];
}

/** null: it is no regular expression. */
export function patternOf(text: string): RegExp | null {
  try {
    return new RegExp(text, "giu");
  } catch {
    return null;
  }
}

/** The same with every text inside a JSON value, keys included. */
export function redactJson(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redact(key), redactJson(item, redact)]),
  );
}

/** As it is and as it stands inside JSON that the caller has already written. */
function anywhere(text: string): string {
  const inJson = JSON.stringify(text).slice(1, -1);
  return inJson === text ? RegExp.escape(text) : `${RegExp.escape(inJson)}|${RegExp.escape(text)}`;
}

/** A Latin name inside another word is not the name; Chinese is written without spaces. */
function asWord(name: string): string {
  if (!/^[\p{Script=Latin}\p{N}_.@ -]+$/u.test(name)) return anywhere(name);
  const letter = "[\\p{Script=Latin}\\p{N}_]";
  return `(?<!${letter})${RegExp.escape(name)}(?!${letter})`;
}
