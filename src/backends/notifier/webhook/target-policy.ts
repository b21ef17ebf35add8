import { isIP, type LookupFunction } from "node:net";
import { IaiError } from "../../../kernel/errors.ts";
import { type AddressClass, classifyAddress } from "./address-class.ts";

export interface TargetPolicyOptions {
  readonly name: string;
  readonly url: URL;
  readonly allowHosts: readonly string[];
  readonly allowLoopback: boolean;
}

/** Every address behind a name, as the system resolves it. */
export type LookupAll = (host: string) => Promise<readonly ResolvedAddress[]>;
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Where this target may connect to; refusals are NOTIFY_REFUSED and nothing was sent. */
export interface TargetPolicy {
  /** The refusal that needs no look-up; null: none, or the look-up decides. */
  refusalOfLiteral(): IaiError | null;
  /** Hands a connection nothing but addresses that were checked, so that a later answer cannot differ. */
  readonly lookup: LookupFunction;
}

export function createTargetPolicy(
  options: TargetPolicyOptions,
  lookupAll: LookupAll,
): TargetPolicy {
  const host = hostOf(options.url.hostname) ?? "";
  const rules = {
    isPlain: options.url.protocol === "http:",
    isNamed: options.allowHosts.some((allowed) => hostOf(allowed) === host),
    allowLoopback: options.allowLoopback,
  };
  const refusalOf = (place: AddressClass): IaiError | null => {
    const reason = objectionTo(place, rules);
    if (reason === null) return null;
    const message = `Cannot deliver to "${options.name}": "${host}" ${reason}, nothing was sent`;
    return new IaiError("NOTIFY_REFUSED", message);
  };
  const literal = classOfLiteral(host);
  return {
    refusalOfLiteral: () => (literal === null ? null : refusalOf(literal)),
    lookup: (name, { all }, callback) => {
      const answer = (addresses: readonly ResolvedAddress[]): void => {
        const [first] = addresses;
        // One bad address among good ones is refused too: which one is used is not ours to choose.
        const refusal = addresses
          .map(({ address }) => refusalOf(classifyAddress(address)))
          .find((r) => r !== null);
        if (first === undefined) callback(new Error(`"${name}" has no address`), "");
        else if (refusal !== undefined) callback(refusal, "");
        else if (all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      };
      lookupAll(name).then(answer, (failure: Error) => callback(failure, ""));
    },
  };
}

/** A host as `URL` writes it (lower case, IPv4 in four decimal parts), without brackets and final dot; null: none. */
export function hostOf(text: string): string | null {
  const bracketed = isIP(text) === 6 ? `[${text}]` : text;
  const url = URL.parse(`http://${bracketed}:1/`);
  if (url === null || url.href !== `http://${url.hostname}:1/`) return null;
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return isIP(host) === 6 || /^[a-z0-9._-]+$/.test(host) ? host : null;
}

/** Of a host that needs no look-up to be judged; null: its look-up decides. */
function classOfLiteral(host: string): AddressClass | null {
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  return isIP(host) === 0 ? null : classifyAddress(host);
}

/** Plain http stays inside the plant; what is inside must be allowed. */
function objectionTo(
  place: AddressClass,
  rules: { readonly isPlain: boolean; readonly isNamed: boolean; readonly allowLoopback: boolean },
): string | null {
  switch (place) {
    case "public":
      return rules.isPlain ? "is public and needs https" : null;
    case "loopback":
      return rules.allowLoopback || rules.isNamed
        ? null
        : "is this machine and neither `allowLoopback` nor `allowHosts` allows it";
    case "private":
      return rules.isNamed ? null : "has a private address and is not in `allowHosts`";
    case "never":
      return "has an address where no receiver can be";
  }
}
