import { IaiError } from "../../../kernel/errors.ts";

/** Answers of a server that refuses IAI or its user, and not only now. */
const denied =
  /Bad(UserAccessDenied|IdentityToken\w*|SecurityChecksFailed|Certificate\w+|SecurityPolicyRejected|SecurityModeRejected|UserSignatureInvalid|ApplicationSignatureInvalid)/;

/** What the check of a server's certificate came to, in words and with what to do. */
const certificateFaults: Readonly<Record<string, string>> = {
  BadCertificateTimeInvalid: "it has expired or is not valid yet; have it renewed",
  BadCertificateIssuerTimeInvalid: "the certificate of its authority has expired",
  BadCertificateRevoked: "it was revoked",
  BadCertificateIssuerRevoked: "the certificate of its authority was revoked",
  BadCertificateRevocationUnknown: "the revocation list of its authority is missing",
  BadCertificateIssuerRevocationUnknown: "the revocation list of its authority is missing",
  BadCertificateChainIncomplete: "the certificate of its authority is missing",
  BadSecurityChecksFailed: "it is not well-formed",
};

export function untrustedServer(url: string, status: string, thumbprint: string): IaiError {
  const about = `the certificate ${thumbprint} of the server`;
  const reason =
    status === "BadCertificateUntrusted"
      ? `${about} is not trusted; compare it with the one the server shows, then: ./iai opcua trust add ${thumbprint}`
      : `${about} is refused: ${certificateFaults[status] ?? status}`;
  return new IaiError(
    "SOURCE_UNTRUSTED",
    `Cannot read from ${url}: ${reason}; IAI did not sign in`,
    {
      data: { thumbprint },
    },
  );
}

/** Why a connection does not stand, in our words. */
export function connectionFailure(url: string, cause: unknown): IaiError {
  if (cause instanceof IaiError) return cause;
  const reason = reasonOf(cause);
  const refusal = denied.exec(reason)?.[0];
  const code = refusal === undefined ? "SOURCE_UNREACHABLE" : "SOURCE_DENIED";
  const hint = refusal?.startsWith("BadCertificate")
    ? `, does it trust IAI's certificate? (./iai opcua trust list shows it)`
    : "";
  const told = refusal === undefined ? reason : `it refused IAI (${refusal}${hint})`;
  return new IaiError(code, `Cannot read from ${url}: ${told}`, { cause });
}

/** True: a person must change something. */
export function needsPerson(failure: IaiError): boolean {
  return failure.code !== "SOURCE_UNREACHABLE";
}

/** One line; the library likes to send several. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const text = cause.message.replaceAll(/\s+/g, " ").trim();
  return (text === "" && "code" in cause ? String(cause.code) : text).slice(0, 300);
}
