import { X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IaiError } from "../../../kernel/errors.ts";
import { derOf } from "./identity.ts";

/** A certificate in the data folder. */
export interface ListedCertificate {
  /** SHA-1 of its bytes in hexadecimal, as OPC-UA names certificates. */
  readonly thumbprint: string;
  readonly state: "trusted" | "rejected" | "own";
  readonly subject: string;
  readonly applicationUri: string | null;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly path: string;
}

/**
 * Which servers IAI talks to: certificates as files, in the folders that OPC-UA programs have in common. What a running
 * IAI refused lies among the rejected; nothing but `add` moves it to the trusted.
 */
export interface TrustList {
  list(): Promise<readonly ListedCertificate[]>;
  /** Trusts a certificate that was rejected, by its thumbprint, or one in a file. */
  add(thumbprintOrFile: string): Promise<ListedCertificate>;
  /** Takes the trust away; connections that rest on it end within seconds. */
  remove(thumbprint: string): Promise<ListedCertificate>;
}

export const ownCertificateIn = (folder: string): string =>
  join(folder, "own", "certs", "client_certificate.pem");

const folders = { trusted: "trusted/certs", rejected: "rejected", own: "own/certs" } as const;

export function trustListIn(folder: string): TrustList {
  const within = (state: keyof typeof folders) => certificatesIn(folder, state);
  const find = async (state: "trusted" | "rejected", thumbprint: string) =>
    (await within(state)).find((one) => one.thumbprint === normal(thumbprint));
  const move = async (
    certificate: ListedCertificate,
    state: "trusted" | "rejected",
  ): Promise<ListedCertificate> => {
    const place = join(folder, folders[state]);
    await mkdir(place, { recursive: true, mode: 0o700 });
    const path = join(place, `${certificate.thumbprint}.pem`);
    await rename(certificate.path, path);
    return { ...certificate, state, path };
  };
  return {
    list: async () => [
      ...(await within("own")),
      ...(await within("trusted")),
      ...(await within("rejected")),
    ],
    add: async (what) => {
      const known = await find("trusted", what);
      if (known !== undefined) return known;
      const rejected = await find("rejected", what);
      if (rejected !== undefined) return await move(rejected, "trusted");
      if (isThumbprint(what))
        throw unknown(what, "no server has shown it yet; give its file instead");
      return await addFile(folder, what);
    },
    remove: async (thumbprint) => {
      const known = await find("trusted", thumbprint);
      if (known === undefined) throw unknown(thumbprint, "it is not trusted");
      return await move(known, "rejected");
    },
  };
}

async function certificatesIn(
  folder: string,
  state: keyof typeof folders,
): Promise<readonly ListedCertificate[]> {
  const place = join(folder, folders[state]);
  const names = await readdir(place).catch(() => []);
  const files = names.filter((name) => /\.(pem|der|crt)$/.test(name)).toSorted();
  const found = await Promise.all(files.map((name) => readListed(join(place, name), state)));
  return found.filter((one) => one !== null);
}

async function addFile(folder: string, path: string): Promise<ListedCertificate> {
  let der: Buffer;
  try {
    der = derOf(await readFile(path), path);
  } catch (cause) {
    if (cause instanceof IaiError) throw cause;
    throw unknown(path, "there is no such file", cause);
  }
  const certificate = describe(der, path, "trusted");
  // The same one among the rejected would be a contradiction.
  for (const rejected of await certificatesIn(folder, "rejected"))
    if (rejected.thumbprint === certificate.thumbprint) await rm(rejected.path, { force: true });
  const place = join(folder, folders.trusted);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const target = join(place, `${certificate.thumbprint}.pem`);
  await writeFile(target, new X509Certificate(der).toString(), { mode: 0o600 });
  return { ...certificate, path: target };
}

async function readListed(
  path: string,
  state: ListedCertificate["state"],
): Promise<ListedCertificate | null> {
  try {
    return describe(derOf(await readFile(path), path), path, state);
  } catch {
    // Moved meanwhile, or no certificate: the list shows what can be trusted.
    return null;
  }
}

function describe(der: Buffer, path: string, state: ListedCertificate["state"]): ListedCertificate {
  const certificate = new X509Certificate(der);
  return {
    thumbprint: thumbprintOf(der),
    state,
    subject: certificate.subject.replaceAll("\n", ", "),
    applicationUri: applicationUriOf(certificate),
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
    path,
  };
}

export function thumbprintOf(der: Buffer): string {
  return normal(new X509Certificate(der).fingerprint);
}

/** What an application calls itself in its certificate. */
export function applicationUriOf(certificate: X509Certificate): string | null {
  return /URI:([^,\s]+)/.exec(certificate.subjectAltName ?? "")?.[1] ?? null;
}

const normal = (thumbprint: string): string => thumbprint.replaceAll(/[:\s]/g, "").toLowerCase();
const isThumbprint = (text: string): boolean => /^[0-9a-f]{40}$/.test(normal(text));

function unknown(what: string, reason: string, cause?: unknown): IaiError {
  const message = `Cannot change the trust in "${what}": ${reason}, nothing was changed`;
  return new IaiError("NOT_FOUND", message, { cause });
}
