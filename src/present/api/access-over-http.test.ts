import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { aServer, simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import { createIdSource } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import { createAccess } from "../access/access.ts";
import { createAuditLog } from "../access/audit-log.ts";

const plant = simulatePlant();
const { records, clock } = plant;
const key = new Uint8Array(32).fill(7);
const audit = createAuditLog({ records, clock, key });
const access = createAccess({
  records,
  audit,
  clock,
  ids: createIdSource(() => clock.now()),
  log: silentLog,
  signingKey: key,
  config: {
    tokenMs: 900_000,
    sessionMs: 43_200_000,
    lockAfter: 5,
    passwordCost: { n: 1024, r: 8, p: 1 },
  },
});
const app = await aServer({ ...plant, services: { ...plant.services, access, audit } });
after(() => app.close());

const password = "a pump hums quietly 7";
const own = { origin: "http://localhost:80", host: "localhost:80" };

function post(url: string, payload: object, headers: Record<string, string> = {}) {
  return app.inject({ method: "POST", url: `/api/v1${url}`, payload, headers });
}

describe("the first hour of an installation", () => {
  let bearer = "";
  let cookie = "";

  it("makes the administrator by the one-time link, which works once", async () => {
    assert.deepEqual((await app.inject({ url: "/api/v1/setup" })).json(), { needed: true });
    const link = await access.setup.issueLink("http://localhost:3001");
    assert.ok(link !== null);
    const token = /[A-Za-z0-9_-]{20,}/.exec(new URL(link).search + new URL(link).hash)?.[0] ?? "";
    const made = await post("/setup", { token, name: "ann", password });
    assert.equal(made.statusCode, 200, made.body);
    assert.equal(made.json().user.role, "admin");
    assert.equal((await post("/setup", { token, name: "eve", password })).statusCode, 403);
  });

  it("signs in by name and password, and says no otherwise", async () => {
    assert.equal((await post("/login", { name: "ann", password: "wrong" })).statusCode, 401);
    const session = await post("/login", { name: "ann", password });
    bearer = `Bearer ${session.json().access_token}`;
    cookie = String(session.headers["set-cookie"]).split(";", 1)[0] ?? "";
    const me = await app.inject({ url: "/api/v1/me", headers: { authorization: bearer } });
    assert.equal(me.json().name, "ann");
  });

  it("renews the session by the cookie, for our own pages only", async () => {
    assert.equal((await post("/refresh", {}, { cookie, ...own })).statusCode, 200);
    const other = { cookie, host: "localhost:80", origin: "http://evil.example" };
    assert.equal((await post("/refresh", {}, other)).statusCode, 403);
    assert.equal((await post("/refresh", {})).statusCode, 401);
  });

  it("gives out a key that works at once and is revoked within 5 s", async () => {
    const headers = { authorization: bearer };
    const made = await post("/keys", { name: "gateway", role: "ingest" }, headers);
    assert.equal(made.statusCode, 201, made.body);
    const asKey = {
      authorization: `Bearer ${made.json().key}`,
      "content-type": "application/json",
    };
    assert.equal((await post("/readings", {}, asKey)).statusCode, 200);
    assert.equal((await app.inject({ url: "/api/v1/alerts", headers: asKey })).statusCode, 403);
    const list = await app.inject({ url: "/api/v1/keys", headers });
    assert.equal(list.body.includes(made.json().key), false);
    const url = `/api/v1/keys/${made.json().id}`;
    assert.equal((await app.inject({ method: "DELETE", url, headers })).statusCode, 200);
    await clock.advance(5_000);
    assert.equal((await post("/readings", {}, asKey)).statusCode, 401);
  });

  it("leaves the chain of its audit whole, one entry a change", async () => {
    assert.equal((await audit.verify()).ok, true);
    const actions = records.rows("audit_log").map((row) => row.action);
    assert.equal(actions.filter((action) => action === "key.create").length, 1);
    assert.equal(actions.filter((action) => action === "keys.manage").length, 0);
  });

  it("signs out everywhere", async () => {
    const headers = { authorization: bearer };
    assert.equal((await post("/logout", {}, headers)).statusCode, 204);
    await clock.advance(5_000);
    assert.equal((await app.inject({ url: "/api/v1/me", headers })).statusCode, 401);
    assert.equal((await post("/refresh", {}, { cookie, ...own })).statusCode, 401);
  });
});
