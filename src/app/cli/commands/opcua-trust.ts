import {
  type ListedCertificate,
  type TrustList,
  trustListIn,
} from "../../../backends/source-adapter/opcua/trust-list.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { dataDirAt } from "../../data-dir.ts";
import { dataDirOf, type SettingOptions } from "../settings.ts";
import { formatTable } from "../table.ts";

export interface OpcuaTrustOptions extends SettingOptions {
  readonly json?: boolean;
}

/** `iai opcua trust list`: our own certificate, whom we trust, and what was refused. */
export async function runOpcuaTrustList(options: OpcuaTrustOptions): Promise<number> {
  const certificates = await (await openTrust(options)).list();
  if (options.json === true) {
    console.log(JSON.stringify(certificates.map(toJson)));
    return 0;
  }
  if (certificates.length === 0) {
    console.log(
      "There is no certificate yet. IAI makes its own when the first OPC-UA source starts.",
    );
    return 0;
  }
  const head = ["STATE", "THUMBPRINT", "SUBJECT", "VALID UNTIL", "FILE"];
  console.log(formatTable([head, ...certificates.map(describe)]));
  if (certificates.some(({ state }) => state === "own"))
    console.log("Servers must be told to trust the certificate `own`.");
  return 0;
}

/** `iai opcua trust add`: a running IAI connects within seconds. */
export async function runOpcuaTrustAdd(
  options: OpcuaTrustOptions & { readonly certificate: string },
): Promise<number> {
  return report(options, "trusted", await (await openTrust(options)).add(options.certificate));
}

/** `iai opcua trust remove`: a running IAI ends the connection within seconds. */
export async function runOpcuaTrustRemove(
  options: OpcuaTrustOptions & { readonly certificate: string },
): Promise<number> {
  const removed = await (await openTrust(options)).remove(options.certificate);
  return report(options, "no longer trusted", removed);
}

async function openTrust(options: SettingOptions): Promise<TrustList> {
  return trustListIn(dataDirAt(await dataDirOf(options)).opcuaCertificates);
}

function report({ json }: OpcuaTrustOptions, what: string, certificate: ListedCertificate): number {
  if (json === true) console.log(JSON.stringify(toJson(certificate)));
  else console.log(`${certificate.subject} (${certificate.thumbprint}) is ${what}.`);
  return 0;
}

function describe({ state, thumbprint, subject, validTo, path }: ListedCertificate): string[] {
  const until = validTo.toISOString().slice(0, 10);
  const isOver = validTo.getTime() <= systemClock.now();
  return [state, thumbprint, subject, isOver ? `${until} expired` : until, path];
}

function toJson({ state, thumbprint, subject, applicationUri, ...more }: ListedCertificate) {
  return {
    state,
    thumbprint,
    subject,
    application_uri: applicationUri,
    valid_from: more.validFrom.toISOString(),
    valid_to: more.validTo.toISOString(),
    file: more.path,
  };
}
