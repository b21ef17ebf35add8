import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mysqlRecordStoreConfig } from "./config.ts";

const accepts = (options: Record<string, unknown>): boolean =>
  mysqlRecordStoreConfig.safeParse({ kind: "mysql", ...options }).success;

describe("configuration of the records in MySQL", () => {
  it("sends records and password over a network with TLS only, unless it is told that nobody listens", () => {
    assert.ok(accepts({ host: "127.0.0.1" }));
    assert.ok(accepts({ host: "localhost" }));
    assert.ok(!accepts({ host: "mysql.plant" }));
    assert.ok(accepts({ host: "mysql.plant", tls: true }));
    assert.ok(accepts({ host: "mysql.plant", allowInsecure: true }));
  });

  it("asks for a name where the certificate is checked", () => {
    assert.ok(!accepts({ host: "10.0.0.7", tls: true }));
    assert.ok(!accepts({ host: "127.0.0.1", tls: true }));
  });

  it("takes the password from one place", () => {
    assert.ok(accepts({ passwordFile: "/run/secrets/mysql" }));
    assert.ok(!accepts({ password: "x", passwordFile: "/run/secrets/mysql" }));
  });
});
