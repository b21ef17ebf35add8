import { stringify } from "yaml";
import { asIaiError, IaiError } from "../../kernel/errors.ts";
import { parseYamlMap } from "../../kernel/yaml-document.ts";
import type { SourceRow } from "../../model/records.ts";
import type { ImportedSource } from "../../present/api/source-service.ts";

/** A source as it stands in a list of them. */
interface ListedSource {
  readonly name: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Sources as they would stand in the configuration file. What is sealed stays where it is. */
export function writeSourcesYaml(rows: readonly SourceRow[]): string {
  const sources = rows.map(({ name, kind, options }) => ({ kind, name, ...options }));
  const sealed = rows.filter(({ secrets }) => secrets !== null).map(({ name }) => name);
  const note =
    sealed.length === 0
      ? ""
      : `# Secrets are not in here. Give them again for: ${sealed.join(", ")}\n`;
  return `${note}${stringify({ sources }, { lineWidth: 0 })}`;
}

/** Offers each source of a YAML text to `take`; one that is refused keeps no other from being taken. */
export async function readSourcesYaml(
  text: string,
  take: (source: ListedSource) => Promise<"create" | "update">,
): Promise<readonly ImportedSource[]> {
  const { sources, ...others } = parseYamlMap("the import", text);
  const [other] = Object.keys(others);
  if (other !== undefined || !Array.isArray(sources)) {
    const reason = other === undefined ? "`sources` must be a list" : `"${other}" is not read here`;
    throw new IaiError("INVALID_REQUEST", `Cannot import: ${reason}; nothing was changed`);
  }
  const results: ImportedSource[] = [];
  const names = new Set<string>();
  for (const entry of sources as readonly unknown[]) {
    const source = listed(entry);
    const name = source?.name ?? null;
    try {
      if (source === null) throw refusal("each source needs a name and a kind");
      if (names.has(source.name)) throw refusal("its name stands twice");
      names.add(source.name);
      results.push({ name, action: await take(source), code: null, detail: null });
    } catch (failure) {
      const { code, message } = asIaiError(failure, "import a source");
      if (code === "INTERNAL") throw failure;
      results.push({ name, action: "refuse", code, detail: message });
    }
  }
  return results;
}

function listed(entry: unknown): ListedSource | null {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return null;
  const { name, kind, ...options } = entry as Readonly<Record<string, unknown>>;
  return typeof name === "string" && typeof kind === "string" ? { name, kind, options } : null;
}

function refusal(reason: string): IaiError {
  return new IaiError("INVALID_REQUEST", `Cannot import: ${reason}`);
}
