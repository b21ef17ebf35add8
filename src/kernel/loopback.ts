import { isIPv4 } from "node:net";

/** True for a name or address of this machine: what is sent there crosses no network. */
export function isLoopback(host: string): boolean {
  // Addresses of version 6 stand in brackets inside a URL.
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIPv4(host) && host.startsWith("127.");
}

/** True where nobody between us and the server can read along: on this machine, or by one of the encrypted schemes. */
export function isPrivateUrl(text: string, encrypted: readonly string[]): boolean {
  const url = URL.parse(text);
  // What is no address is refused elsewhere, with a better reason.
  return url === null || encrypted.includes(url.protocol) || isLoopback(url.hostname);
}
