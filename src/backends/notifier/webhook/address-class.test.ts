import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AddressClass, classifyAddress } from "./address-class.ts";

const cases: Readonly<Record<AddressClass, readonly string[]>> = {
  public: ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.128.0.1", "2606:4700::1111"],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fd12:3456::1",
  ],
  loopback: ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"],
  never: [
    "0.0.0.0",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "fd00:ec2::254",
    "2001:db8::1",
    "localhost",
    "127.1",
    "",
  ],
};

describe("class of an address", () => {
  for (const [place, addresses] of Object.entries(cases)) {
    for (const address of addresses) {
      it(`calls "${address}" ${place}`, () => assert.equal(classifyAddress(address), place));
    }
  }
});
