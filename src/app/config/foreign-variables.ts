import { IaiError } from "../../kernel/errors.ts";

/** Variables of the command line and of tests; their names look like those of options. */
const ours: ReadonlySet<string> = new Set(["IAI_LOG_FILE", "IAI_CRASH_POINT", "IAI_API_URL"]);

interface NamedOption {
  readonly path: readonly string[];
  readonly variable: string;
}

/**
 * A variable that is no option may belong to somebody else, such as `IAI_KEY` of `replay`. One that begins with a
 * section's name, or is a letter or two beside an option, is a slip: it stops the start and is told what is allowed.
 */
export function refuseSlip(name: string, options: readonly NamedOption[]): void {
  if (ours.has(name)) return;
  const section = options.filter(({ path, variable }) => {
    return path.length > 1 && name.startsWith(`IAI_${firstWordsOf({ path, variable })}_`);
  });
  const near = options.filter(({ variable }) => distance(name, variable) <= 2);
  const allowed = near.length > 0 ? near : section;
  if (allowed.length === 0) return;
  const names = allowed.map(({ variable }) => variable).join(", ");
  const message = `Cannot start: "${name}" is not an option (from the environment). Allowed: ${names}`;
  throw new IaiError("CONFIG_INVALID", message);
}

/** `EVENT_BUS` of `IAI_EVENT_BUS_KIND`. */
function firstWordsOf({ path, variable }: NamedOption): string {
  const section = path[0] ?? "";
  const words = section.replace(/[A-Z]/g, (letter) => `_${letter}`).length;
  return variable.slice("IAI_".length, "IAI_".length + words);
}

/** Letters to insert, drop or change until the texts are equal. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const kept = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
