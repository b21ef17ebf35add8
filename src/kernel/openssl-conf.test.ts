import assert from "node:assert/strict";
import { it } from "node:test";
import { keepOpensslConf } from "./openssl-conf.ts";

it("leaves a set OPENSSL_CONF alone, and makes an absent one survive being put back", () => {
  const before = process.env["OPENSSL_CONF"];
  try {
    process.env["OPENSSL_CONF"] = "/etc/openssl.cnf";
    keepOpensslConf();
    assert.equal(process.env["OPENSSL_CONF"], "/etc/openssl.cnf");
    delete process.env["OPENSSL_CONF"];
    keepOpensslConf();
    const backup = process.env["OPENSSL_CONF"];
    process.env["OPENSSL_CONF"] = backup;
    assert.equal(process.env["OPENSSL_CONF"], "");
  } finally {
    if (before === undefined) delete process.env["OPENSSL_CONF"];
    else process.env["OPENSSL_CONF"] = before;
  }
});
