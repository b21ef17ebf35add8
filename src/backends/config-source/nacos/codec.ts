import { createHash } from "node:crypto";

/** A service as other programs find it in Nacos. */
export interface NacosService {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where the document lies. */
export interface DocumentPlace {
  readonly namespace: string;
  readonly group: string;
  readonly dataId: string;
}

/** Nacos compares by MD5; a document that is not there has none. */
export function fingerprintOf(text: string | null): string {
  return text === null ? "" : createHash("md5").update(text, "utf8").digest("hex");
}

export function documentQuery({ namespace, group, dataId }: DocumentPlace): Record<string, string> {
  return { dataId, group, ...(namespace === "" ? {} : { tenant: namespace }) };
}

/** The question for changes: fields are parted by 0x02, documents end with 0x01. */
export function encodeListening(place: DocumentPlace, fingerprint: string): string {
  const { dataId, group, namespace } = place;
  const fields = [dataId, group, fingerprint, ...(namespace === "" ? [] : [namespace])];
  return `${fields.join("\u0002")}\u0001`;
}

/** The answer names the documents that changed; an empty one: none did while the question was open. */
export function decodeChanged(body: string): boolean {
  return body.trim() !== "";
}

/** null: the answer is none of a log-in. */
export function decodeLogin(
  body: string,
): { readonly token: string; readonly lifeS: number } | null {
  const answer = parseJson(body);
  const { accessToken: token, tokenTtl: lifeS } = answer;
  return typeof token === "string" && typeof lifeS === "number" ? { token, lifeS } : null;
}

export function instanceQuery(place: DocumentPlace, service: NacosService): Record<string, string> {
  return {
    serviceName: service.name,
    groupName: place.group,
    ip: service.ip,
    port: String(service.port),
    ephemeral: "true",
    ...(place.namespace === "" ? {} : { namespaceId: place.namespace }),
  };
}

/** False: Nacos has forgotten the service and wants to be told again. */
export function decodeBeat(body: string): boolean {
  return parseJson(body)["code"] === 10_200;
}

function parseJson(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
