import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { untrustedServer } from "./errors.ts";
import type { Opcua } from "./library.ts";
import { applicationUriOf, ownCertificateIn, thumbprintOf } from "./trust-list.ts";

type CertificateManager = InstanceType<Opcua["OPCUACertificateManager"]>;

/** Our certificate and whom we trust, as they are in the data folder now. */
export interface Pki {
  readonly manager: CertificateManager;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  readonly applicationUri: string;
  /** SOURCE_UNTRUSTED with what to do, unless the certificate is good and trusted. */
  check(url: string, certificate: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Life of the certificate that IAI makes for itself. */
const VALID_DAYS = 5 * 365;

/** Reads the folder anew, so that what was trusted or revoked meanwhile counts; makes our certificate at the first time. */
export async function openPki(
  opcua: Opcua,
  folder: string,
  clock: Pick<Clock, "now">,
): Promise<Pki> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const manager = new opcua.OPCUACertificateManager({
    rootFolder: folder,
    // The library's own default for clients is to trust whoever answers.
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await manager.initialize();
  const certificateFile = ownCertificateIn(folder);
  if (!existsSync(certificateFile)) await makeOwnCertificate(manager, certificateFile, clock);
  const own = new X509Certificate(await readFile(certificateFile));
  refuseExpired(own, certificateFile, clock);
  return {
    manager,
    certificateFile,
    privateKeyFile: manager.privateKey,
    applicationUri: applicationUriOf(own) ?? "urn:iai",
    check: async (url, certificate) => {
      const status = await manager.checkCertificate(certificate);
      if (!status.equals(opcua.StatusCodes.Good))
        throw untrustedServer(url, status.name, thumbprintOf(certificate));
    },
    close: () => manager.dispose(),
  };
}

async function makeOwnCertificate(
  manager: CertificateManager,
  certificateFile: string,
  clock: Pick<Clock, "now">,
): Promise<void> {
  const name = hostname();
  const draft = `${certificateFile}.${randomBytes(4).toString("hex")}`;
  await manager.createSelfSignedCertificate({
    applicationUri: `urn:${name}:iai`,
    dns: [name],
    subject: "/CN=IAI/O=Industrial AI Intelligence",
    startDate: new Date(clock.now() - 86_400_000),
    validity: VALID_DAYS,
    outputFile: draft,
  });
  try {
    // Whoever was faster wins: servers must not be shown two.
    await link(draft, certificateFile);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
  } finally {
    await rm(draft, { force: true });
  }
}

function refuseExpired(own: X509Certificate, path: string, clock: Pick<Clock, "now">): void {
  if (own.validToDate.getTime() > clock.now()) return;
  const message = `Cannot sign in anywhere: IAI's own certificate "${path}" has expired; remove it, and a new one is made that the servers must be told to trust`;
  throw new IaiError("SOURCE_UNTRUSTED", message);
}
