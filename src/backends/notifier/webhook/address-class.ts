import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * Where an IP address leads.
 * - `public`: the internet. - `private`: this plant. - `loopback`: this machine.
 * - `never`: no receiver of ours can live there: link-local and cloud metadata, multicast, unspecified, reserved,
 *   documentation, and every form that hides an IPv4 address inside an IPv6 address.
 */
export type AddressClass = "public" | "private" | "loopback" | "never";

/** Of an address in the form that `dns.lookup` and `URL` give; anything else is `never`. */
export function classifyAddress(address: string): AddressClass {
  if (isIPv4(address)) return classifyIpv4(address);
  if (isIPv6(address)) return classifyIpv6(address);
  return "never";
}

function classifyIpv4(address: string): AddressClass {
  if (neverV4.check(address)) return "never";
  if (loopbackV4.check(address)) return "loopback";
  return privateV4.check(address) ? "private" : "public";
}

/** IPv6 is judged the other way round: only global unicast is public, so that unknown ranges are refused. */
function classifyIpv6(address: string): AddressClass {
  if (address.includes("%") || neverV6.check(address, "ipv6")) return "never";
  if (loopbackV6.check(address, "ipv6")) return "loopback";
  if (privateV6.check(address, "ipv6")) return "private";
  return globalV6.check(address, "ipv6") ? "public" : "never";
}

function subnets(family: "ipv4" | "ipv6", ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", prefix] = range.split("/");
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}

const loopbackV4 = subnets("ipv4", ["127.0.0.0/8"]);
const privateV4 = subnets("ipv4", [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10", // shared by carriers and overlay networks
]);
const neverV4 = subnets("ipv4", [
  "0.0.0.0/8",
  "169.254.0.0/16", // link-local, metadata of most clouds
  "100.100.100.200/32", // metadata of Alibaba Cloud
  "168.63.129.16/32", // platform address of Azure
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
]);
const loopbackV6 = subnets("ipv6", ["::1/128"]);
const privateV6 = subnets("ipv6", ["fc00::/7"]);
const globalV6 = subnets("ipv6", ["2000::/3"]);
const neverV6 = subnets("ipv6", [
  "fd00:ec2::/32", // metadata of AWS
  "fd20:ce::/32", // metadata of Google Cloud
  "2001::/23", // Teredo and other protocol assignments
  "2001:db8::/32",
  "2002::/16", // 6to4: an IPv4 address inside
  "3fff::/20",
]);
