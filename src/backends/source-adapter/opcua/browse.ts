import type { BrowseResult, ReferenceDescription } from "node-opcua-client";
import type { RawSession } from "./connection.ts";
import { unitOf } from "./engineering-units.ts";
import type { Opcua } from "./library.ts";
import type { FoundVariable } from "./propose-map.ts";

/** A server with more is browsed in parts. */
const VARIABLES_MAX = 20_000;
const DEPTH_MAX = 12;
/** Nodes of one request. */
const TOGETHER = 100;

interface Place {
  readonly node: string;
  readonly path: readonly string[];
}

/** What is found below a node, and whether there was more than is shown. */
export interface BrowseFindings {
  readonly variables: readonly FoundVariable[];
  readonly isCut: boolean;
}

/** Variables with a number, with their units and ranges, below a node; the server's own description is left out. */
export async function browseVariables(
  opcua: Opcua,
  session: RawSession,
  root: string | null,
): Promise<BrowseFindings> {
  const namespaces = await session.readNamespaceArray();
  const seen = new Set<string>();
  const variables: Place[] = [];
  let level: readonly Place[] = [{ node: root ?? "i=85", path: [] }];
  for (let depth = 0; depth < DEPTH_MAX && level.length > 0; depth += 1) {
    const next: Place[] = [];
    for (let at = 0; at < level.length && variables.length < VARIABLES_MAX; at += TOGETHER) {
      const part = level.slice(at, at + TOGETHER);
      const found = await childrenOf(opcua, session, part);
      for (const [n, references] of found.entries()) {
        for (const reference of references) {
          const node = reference.nodeId.toString();
          // The object `Server` describes the server itself.
          if (seen.has(node) || node === "ns=0;i=2253") continue;
          seen.add(node);
          const path = [...(part[n]?.path ?? []), reference.browseName.name ?? ""];
          if (reference.nodeClass === opcua.NodeClass.Variable) variables.push({ node, path });
          else next.push({ node, path });
        }
      }
    }
    level = next;
  }
  const described: FoundVariable[] = [];
  for (let at = 0; at < Math.min(variables.length, VARIABLES_MAX); at += TOGETHER)
    described.push(
      ...(await describe(opcua, session, {
        places: variables.slice(at, at + TOGETHER),
        namespaces,
      })),
    );
  return { variables: described, isCut: variables.length >= VARIABLES_MAX || level.length > 0 };
}

/** Objects and variables that a node is made of; properties are asked for by name. */
async function childrenOf(
  opcua: Opcua,
  session: RawSession,
  places: readonly Place[],
): Promise<readonly (readonly ReferenceDescription[])[]> {
  const results = await session.browse(
    places.map(({ node }) => ({
      nodeId: node,
      browseDirection: opcua.BrowseDirection.Forward,
      referenceTypeId: "HierarchicalReferences",
      includeSubtypes: true,
      nodeClassMask: opcua.NodeClass.Object | opcua.NodeClass.Variable,
      resultMask: 63,
    })),
  );
  return await Promise.all(results.map((result) => allOf(opcua, session, result)));
}

async function allOf(
  opcua: Opcua,
  session: RawSession,
  first: BrowseResult,
): Promise<readonly ReferenceDescription[]> {
  const all: ReferenceDescription[] = [];
  let result: BrowseResult | undefined = first;
  while (result !== undefined && all.length < VARIABLES_MAX) {
    all.push(...(result.references ?? []));
    const more: Buffer | undefined = result.continuationPoint;
    result = more && more.length > 0 ? await session.browseNext(more, false) : undefined;
  }
  // Properties such as EURange hang below variables and are none themselves.
  return all.filter(
    (one) => one.referenceTypeId.toString() !== `ns=0;i=${opcua.ReferenceTypeIds.HasProperty}`,
  );
}

async function describe(
  opcua: Opcua,
  session: RawSession,
  {
    places,
    namespaces,
  }: { readonly places: readonly Place[]; readonly namespaces: readonly string[] },
): Promise<readonly FoundVariable[]> {
  const { Value } = opcua.AttributeIds;
  const values = await session.read(
    places.map(({ node }) => ({ nodeId: node, attributeId: Value })),
  );
  const properties = await propertiesOf(opcua, session, places);
  return places.flatMap(({ node, path }, n): FoundVariable[] => {
    const variant = values[n]?.value;
    if (variant === undefined || variant.arrayType !== 0) return [];
    // Numbers of the built-in types: Boolean to Double. A variable without a value yet may become one.
    if (variant.dataType < 0 || variant.dataType > 11) return [];
    const { unit, range } = properties[n] ?? { unit: null, range: null };
    const dataType = opcua.DataType[variant.dataType] ?? "?";
    return [
      {
        node: named(node, namespaces),
        path,
        dataType: variant.dataType === 0 ? "no value yet" : dataType,
        unit: unit === null ? null : unitOf(unit),
        unitName: unit?.displayName ?? null,
        low: range?.low ?? null,
        high: range?.high ?? null,
      },
    ];
  });
}

interface Properties {
  readonly unit: { readonly unitId: number; readonly displayName: string | null } | null;
  readonly range: { readonly low: number; readonly high: number } | null;
}

async function propertiesOf(
  opcua: Opcua,
  session: RawSession,
  places: readonly Place[],
): Promise<readonly Properties[]> {
  const names = ["EngineeringUnits", "EURange"];
  const paths = places.flatMap(({ node }) =>
    names.map((name) => opcua.makeBrowsePath(node, `.${name}`)),
  );
  const found = (await session.translateBrowsePath(paths)).map(
    ({ targets }) => targets?.[0]?.targetId.toString() ?? null,
  );
  const present = found.flatMap((node) => (node === null ? [] : [node]));
  const { Value } = opcua.AttributeIds;
  const read =
    present.length === 0
      ? []
      : await session.read(present.map((nodeId) => ({ nodeId, attributeId: Value })));
  const valueAt = (node: string | null | undefined): unknown =>
    node == null ? null : (read[present.indexOf(node)]?.value.value ?? null);
  return places.map((_, n) => ({
    unit: unitIn(valueAt(found[2 * n])),
    range: rangeIn(valueAt(found[2 * n + 1])),
  }));
}

function unitIn(value: unknown): Properties["unit"] {
  if (typeof value !== "object" || value === null || !("unitId" in value)) return null;
  const { unitId, displayName } = value as {
    readonly unitId: number;
    readonly displayName?: { readonly text?: string | null } | null;
  };
  return { unitId, displayName: displayName?.text ?? null };
}

function rangeIn(value: unknown): Properties["range"] {
  if (typeof value !== "object" || value === null || !("low" in value && "high" in value))
    return null;
  const { low, high } = value;
  return typeof low === "number" && typeof high === "number" && low < high ? { low, high } : null;
}

/** `ns=2;s=X` as `nsu=urn:plant;s=X`; the numbers of namespaces may change. */
function named(node: string, namespaces: readonly string[]): string {
  const [, index, rest] = /^ns=(\d+);(.+)$/.exec(node) ?? [];
  const name = namespaces[Number(index)];
  return index === undefined || index === "0" || name === undefined || name.includes(";")
    ? node
    : `nsu=${name};${rest}`;
}
