import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nacosConfig } from "./config.ts";

describe("options of the configuration in Nacos", () => {
  const accepts = (options: Record<string, unknown>): boolean =>
    nacosConfig.safeParse({ kind: "nacos", ...options }).success;
  const user = { username: "iai", password: "p" };

  it("sends a password in the clear within this machine only, unless it is told to", () => {
    assert.equal(accepts(user), true);
    assert.equal(accepts({ ...user, addresses: ["http://nacos.plant:8848"] }), false);
    const both = ["https://nacos.plant", "http://nacos.plant:8848"];
    assert.equal(accepts({ ...user, addresses: both }), false);
    assert.equal(accepts({ ...user, addresses: ["https://nacos.plant"] }), true);
    assert.equal(accepts({ ...user, addresses: both, allowInsecure: true }), true);
    assert.equal(accepts({ addresses: ["http://nacos.plant:8848"] }), true);
  });

  it("wants one password for a named user, and none without", () => {
    assert.equal(accepts({ username: "iai" }), false);
    assert.equal(accepts({ password: "p" }), false);
    assert.equal(accepts({ ...user, passwordFile: "/run/secrets/nacos" }), false);
    assert.equal(accepts({ username: "iai", passwordFile: "/run/secrets/nacos" }), true);
  });

  it("takes addresses of servers only", () => {
    for (const address of ["nacos:8848", "ftp://nacos", "http://nacos/nacos", "http://u:p@nacos"])
      assert.equal(accepts({ addresses: [address] }), false, address);
    assert.equal(accepts({ addresses: [] }), false);
  });
});
