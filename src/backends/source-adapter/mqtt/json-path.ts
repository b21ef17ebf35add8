/** Picks values out of a message. */
export type Select = (path: string, json: unknown) => readonly unknown[];

/** Values that one path may give. */
export const RESULTS_MAX = 1_000;
const PATH_MAX = 200;

/**
 * The part of RFC 9535 that picks without computing: names, indices, slices, wildcards, and one descent. Filters and
 * scripts are not in it: what a person may write into a configuration must not become a program.
 */
const segment =
  /^(?:\.[A-Za-z_][\w-]*|\.\*|\[\d{1,5}\]|\[-?\d{0,5}:-?\d{0,5}(?::\d{1,3})?\]|\[\*\]|\['[^'\\\]]{1,100}'\])/;
const descent = /^\.\.(?:[A-Za-z_][\w-]*|\*|\[\d{1,5}\]|\[\*\]|\['[^'\\\]]{1,100}'\])/;

/** What is wrong with a path, in words; null: nothing. */
export function pathFault(path: string): string | null {
  if (path.length > PATH_MAX) return `must have at most ${PATH_MAX} characters`;
  if (!path.startsWith("$")) return "must begin with $";
  let rest = path.slice(1);
  let descents = 0;
  while (rest !== "") {
    const deep = descent.exec(rest);
    const found = deep ?? segment.exec(rest);
    if (found === null)
      return `must be made of .name, ['name'], [0], [1:3], [*] and one .., cannot read "${rest.slice(0, 20)}"`;
    if (deep !== null) descents += 1;
    if (descents > 1) return "must have one .. at most";
    rest = rest.slice(found[0].length);
  }
  return null;
}

/** null: no topic needs it, and it is not loaded. */
export async function selectFor(
  topics: readonly { readonly payload: { readonly kind: string } }[],
): Promise<Select | null> {
  return topics.some(({ payload }) => payload.kind === "jsonpath") ? await loadSelect() : null;
}

async function loadSelect(): Promise<Select> {
  const { JSONPath } = await import("jsonpath-plus");
  return (path, json) => {
    if (path === "$") return [json];
    // Nothing is ever evaluated, whatever a path says.
    const found: unknown = JSONPath({ path, json: json as object, eval: false, wrap: true });
    return Array.isArray(found) ? (found as readonly unknown[]).slice(0, RESULTS_MAX + 1) : [];
  };
}
