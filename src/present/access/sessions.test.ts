import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  anAccess,
  anAccessInMemory,
  goodPassword,
  root,
} from "../../../test/fixtures/access-fixture.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { MINUTE } from "../../model/basics.ts";

const wrong = "wrong horse battery";
const is = (code: string) => (failure: unknown) => isCode(failure, code);

describe("sessions", () => {
  it("begin with name and password and name the user by header and by cookie", async () => {
    const { addUser, login, bearer, byCookie } = anAccessInMemory();
    const { userId } = await addUser("anna", "engineer");
    const session = await login("anna");
    assert.equal(session.principal.id, userId);
    assert.deepEqual(await bearer(session.accessToken), session.principal);
    assert.deepEqual(await byCookie(session.refreshToken), session.principal);
  });

  it("never take one kind of token for the other", async () => {
    const { addUser, login, bearer, byCookie } = anAccessInMemory();
    await addUser("anna");
    const { accessToken, refreshToken } = await login("anna");
    assert.equal(await bearer(refreshToken), null);
    assert.equal(await byCookie(accessToken), null);
  });

  it("need a new access token after 15 minutes and a new sign-in after 12 hours", async () => {
    const { access, addUser, login, bearer, clock } = anAccessInMemory();
    await addUser("anna");
    const { accessToken, refreshToken, refreshExpiresAt } = await login("anna");
    await clock.advance(15 * MINUTE);
    assert.equal(await bearer(accessToken), null);
    const renewed = await access.refresh({ refreshToken, origin: "::1" });
    assert.notEqual(await bearer(renewed.accessToken), null);
    assert.equal(renewed.refreshExpiresAt, refreshExpiresAt);
    await clock.advance(12 * 60 * MINUTE);
    await assert.rejects(access.refresh({ refreshToken, origin: "::1" }), is("UNAUTHENTICATED"));
  });

  it("all end when the user signs out", async () => {
    const { access, addUser, login, bearer, byCookie } = anAccessInMemory();
    await addUser("anna");
    const [here, there] = [await login("anna"), await login("anna")];
    await access.logout(here.principal);
    assert.equal(await bearer(here.accessToken), null);
    assert.equal(await bearer(there.accessToken), null);
    assert.equal(await byCookie(there.refreshToken), null);
    assert.notEqual(await bearer((await login("anna")).accessToken), null);
  });

  it("end when the password is changed or the user disabled, also by another process", async () => {
    const here = anAccessInMemory();
    const there = anAccess(here.records, here.clock);
    await here.addUser("root");
    for (const patch of [{ disabled: true }, { password: "another good passphrase" }]) {
      const { userId } = await here.addUser(`user of ${JSON.stringify(patch)}`, "viewer");
      const { accessToken } = await here.login(`user of ${JSON.stringify(patch)}`);
      assert.notEqual(await here.bearer(accessToken), null);
      await there.access.users.patch(userId, patch, root);
      await here.clock.advance(5_000);
      assert.equal(await here.bearer(accessToken), null);
    }
  });

  it("carry the role that the user has now, not the one at sign-in", async () => {
    const { access, addUser, login, bearer } = anAccessInMemory();
    const { userId } = await addUser("ben", "engineer");
    const { accessToken } = await login("ben");
    await access.users.patch(userId, { role: "viewer" }, root);
    assert.equal((await bearer(accessToken))?.role, "viewer");
  });

  it("answer a wrong password, an unknown and a disabled user in the same words", async () => {
    const { access, addUser, login } = anAccessInMemory();
    await addUser("anna");
    const { userId } = await addUser("ben", "viewer");
    await access.users.patch(userId, { disabled: true }, root);
    const answers = await Promise.all(
      [login("anna", wrong), login("nobody"), login("ben")].map((attempt) =>
        attempt.then(
          () => "signed in",
          (failure: unknown) => (isCode(failure, "UNAUTHENTICATED") ? String(failure) : ""),
        ),
      ),
    );
    assert.equal(new Set(answers).size, 1);
    assert.notEqual(answers[0], "signed in");
  });

  for (const name of ["anna", "a name that does not exist"]) {
    it(`lock "${name}" after five failures, longer each time, and not for good`, async () => {
      const { addUser, login, clock } = anAccessInMemory();
      await addUser("anna");
      for (let i = 0; i < 5; i += 1)
        await assert.rejects(login(name, wrong), is("UNAUTHENTICATED"));
      for (const seconds of [30, 60, 120, 240, 480, 900, 900]) {
        await assert.rejects(login(name), is("LOGIN_LOCKED"));
        await clock.advance(seconds * 1_000 - 1);
        await assert.rejects(login(name), is("LOGIN_LOCKED"));
        await clock.advance(1);
        await assert.rejects(login(name, wrong), is("UNAUTHENTICATED"));
      }
      await clock.advance(15 * MINUTE);
      if (name === "anna") await login(name);
    });
  }

  it("count failures that were tried at the same time", async () => {
    const { addUser, login } = anAccessInMemory();
    await addUser("anna");
    const attempts = Array.from({ length: 8 }, () => login("anna", wrong));
    const codes = (await Promise.allSettled(attempts)).map((result) =>
      result.status === "rejected" ? result.reason.code : "in",
    );
    assert.deepEqual(codes.sort(), [
      ...Array.from({ length: 3 }, () => "LOGIN_LOCKED"),
      ...Array.from({ length: 5 }, () => "UNAUTHENTICATED"),
    ]);
  });

  it("forget failures after a good sign-in", async () => {
    const { addUser, login } = anAccessInMemory();
    await addUser("anna");
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 4; i += 1) await assert.rejects(login("anna", wrong));
      await login("anna");
    }
  });

  it("lock nobody out because the wall clock was set back", async () => {
    const { addUser, login, clock } = anAccessInMemory();
    await addUser("anna");
    for (let i = 0; i < 5; i += 1) await assert.rejects(login("anna", wrong));
    clock.jump(-365 * 24 * 60 * MINUTE);
    await login("anna");
  });

  it("write every attempt into the audit log, never the password", async () => {
    const { addUser, login, records } = anAccessInMemory();
    await addUser("anna");
    await login("anna");
    await assert.rejects(login("anna", wrong));
    await assert.rejects(login("nobody", wrong));
    const rows = records.rows("audit_log").filter(({ action }) => action === "user.sign_in");
    assert.deepEqual(
      rows.map(({ actor, result, origin }) => [actor, result, origin]),
      [
        ["anna", "ok", "::1"],
        ["anna", "refused", "::1"],
        ["nobody", "refused", "::1"],
      ],
    );
    const everything = JSON.stringify(records.rows("audit_log"));
    assert.equal(everything.includes(wrong) || everything.includes(goodPassword), false);
  });
});
