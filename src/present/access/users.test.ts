import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anAccessInMemory, goodPassword, root } from "../../../test/fixtures/access-fixture.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { DAY } from "../../model/basics.ts";
import type { AccessService } from "../api/services.ts";

const is = (code: string) => (failure: unknown) => isCode(failure, code);

describe("users", () => {
  it("exist once per name, however its accents are composed", async () => {
    const { addUser, login } = anAccessInMemory();
    await addUser("Jürgen");
    await assert.rejects(addUser(" Ju\u0308rgen "), is("CONFLICT"));
    await login("Ju\u0308rgen");
  });

  it("have a printable name and a role for people", async () => {
    const { access, addUser } = anAccessInMemory();
    for (const name of ["", "a\nb", "x".repeat(101)]) {
      await assert.rejects(addUser(name), is("INVALID_REQUEST"));
    }
    const robot = { name: "robot", role: "ingest", password: goodPassword } as const;
    const attempt = access.users.create({ ...robot, factoryId: null, lineId: null }, root);
    await assert.rejects(attempt, is("INVALID_REQUEST"));
  });

  it("keep one administrator at least", async () => {
    const { access, addUser } = anAccessInMemory();
    const anna = await addUser("anna");
    for (const patch of [{ disabled: true }, { role: "viewer" }] as const) {
      await assert.rejects(access.users.patch(anna.userId, patch, root), is("STATE_REFUSED"));
    }
    const ben = await addUser("ben");
    await access.users.patch(anna.userId, { disabled: true }, root);
    await assert.rejects(
      access.users.patch(ben.userId, { role: "viewer" }, root),
      is("STATE_REFUSED"),
    );
  });

  it("are changed and audited in one, without a trace of the password", async () => {
    const { access, addUser, records, audit } = anAccessInMemory();
    await addUser("anna");
    const ben = await addUser("ben", "viewer");
    const password = "another good passphrase";
    await access.users.patch(ben.userId, { role: "operator", lineId: "L1", password }, root);
    const entry = records.rows("audit_log").at(-1);
    assert.deepEqual(entry?.detail, {
      name: "ben",
      role: "operator",
      lineId: "L1",
      password: "changed",
      failedLogins: 0,
      lockedUntil: null,
    });
    assert.equal((await audit.verify()).ok, true);
    records.failNext();
    await assert.rejects(access.users.patch(ben.userId, { role: "viewer" }, root));
    assert.equal(records.rows("audit_log").length, 3);
  });

  it("that do not exist cannot be changed", async () => {
    const { access } = anAccessInMemory();
    const attempt = access.users.patch("X", { password: goodPassword }, root);
    await assert.rejects(attempt, is("NOT_FOUND"));
  });
});

describe("set-up link", () => {
  const redeem = (access: AccessService, link: string | null, name = "anna") =>
    access.setup.redeem({
      token: link?.split("#")[1] ?? "",
      name,
      password: goodPassword,
      origin: "::1",
    });

  it("makes the first administrator, once", async () => {
    const { access, bearer, login } = anAccessInMemory();
    assert.equal(await access.setup.needed(), true);
    const link = await access.setup.issueLink("http://127.0.0.1:3001");
    assert.match(String(link), /^http:\/\/127\.0\.0\.1:3001\/setup#[\w-]{43}$/);
    const session = await redeem(access, link);
    assert.equal((await bearer(session.accessToken))?.role, "admin");
    await login("anna");
    assert.equal(await access.setup.needed(), false);
    assert.equal(await access.setup.issueLink("http://127.0.0.1:3001"), null);
    await assert.rejects(redeem(access, link, "ben"), is("SETUP_LINK_INVALID"));
  });

  it("makes one administrator when it is opened twice at the same time", async () => {
    const { access, records } = anAccessInMemory();
    const link = await access.setup.issueLink("http://127.0.0.1:3001");
    const both = await Promise.allSettled([redeem(access, link, "a"), redeem(access, link, "b")]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.equal(records.rows("user_account").length, 1);
  });

  it("is worth nothing a day later, after a newer one, or once a user exists", async () => {
    const { access, addUser, clock } = anAccessInMemory();
    const old = await access.setup.issueLink("http://127.0.0.1:3001");
    const late = await access.setup.issueLink("http://127.0.0.1:3001");
    await assert.rejects(redeem(access, old), is("SETUP_LINK_INVALID"));
    await clock.advance(DAY);
    await assert.rejects(redeem(access, late), is("SETUP_LINK_INVALID"));
    const link = await access.setup.issueLink("http://127.0.0.1:3001");
    await addUser("ben");
    await assert.rejects(redeem(access, link), is("SETUP_LINK_INVALID"));
  });

  it("is still good after a password that was too weak", async () => {
    const { access } = anAccessInMemory();
    const link = await access.setup.issueLink("http://127.0.0.1:3001");
    const token = link?.split("#")[1] ?? "";
    const weak = access.setup.redeem({ token, name: "anna", password: "weak", origin: "::1" });
    await assert.rejects(weak, is("PASSWORD_WEAK"));
    await redeem(access, link);
  });

  it("is kept as a hash only", async () => {
    const { access, records } = anAccessInMemory();
    const link = await access.setup.issueLink("http://127.0.0.1:3001");
    const stored = JSON.stringify(records.rows("one_time_token"));
    assert.equal(stored.includes(link?.split("#")[1] ?? ""), false);
  });
});
