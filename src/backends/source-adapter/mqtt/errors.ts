import { IaiError } from "../../../kernel/errors.ts";

/** Reason codes of CONNACK and DISCONNECT that pass by themselves: unavailable, busy, shutting down, rate exceeded. */
const passing: readonly number[] = [3, 136, 137, 139, 159];
const untrusted =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Why a connection does not stand, in our words. */
export function connectionFailure(address: string, cause: unknown): IaiError {
  if (cause instanceof IaiError) return cause;
  const code = codeOf(cause);
  const reason = reasonOf(cause);
  const message = (what: string): string =>
    `Cannot read from the broker ${address}: ${what}; it keeps what it holds for IAI`;
  if (typeof code === "string" && untrusted.test(code))
    return new IaiError("SOURCE_UNTRUSTED", message(`TLS failed (${reason})`), { cause });
  if (typeof code === "number" && !passing.includes(code))
    return new IaiError("SOURCE_DENIED", message(`it refused IAI (${reason})`), { cause });
  return new IaiError("SOURCE_UNREACHABLE", message(reason), { cause });
}

/** Answers to a message that will be the same next time: no right, no such topic, too large, bad form. */
const final: readonly unknown[] = [135, 144, 149, 153];

/** Why an alarm was not published. */
export function publishFailure(name: string, cause: unknown): IaiError {
  if (cause instanceof IaiError && cause.code.startsWith("NOTIFY_")) return cause;
  const reason = reasonOf(cause);
  if (final.includes(codeOf(cause))) {
    const message = `Cannot deliver to "${name}": the broker refused it (${reason})`;
    return new IaiError("NOTIFY_REFUSED", message, { cause });
  }
  const message = `Cannot deliver to "${name}": ${reason}, whether it was taken is not known`;
  return new IaiError("NOTIFY_UNREACHABLE", message, { cause });
}

export function refusedTopic(name: string, deviceId: string): IaiError {
  const message = `Cannot deliver to "${name}": "${deviceId}" or its place cannot stand in a topic, nothing was published`;
  return new IaiError("NOTIFY_REFUSED", message);
}

/** True: a person must change something. */
export function needsPerson(failure: IaiError): boolean {
  return failure.code !== "SOURCE_UNREACHABLE";
}

/** Numbers are reason codes of MQTT, texts are those of Node. */
export function codeOf(cause: unknown): string | number | null {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return null;
  return typeof cause.code === "string" || typeof cause.code === "number" ? cause.code : null;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that was tried on several addresses fails with an empty message.
  return cause.message === "" ? String(codeOf(cause)) : cause.message;
}
