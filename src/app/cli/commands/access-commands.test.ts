import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { anAccess, goodPassword } from "../../../../test/fixtures/access-fixture.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { openSqliteRecordStore } from "../../../backends/record-store/sqlite/sqlite-record-store.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { createAuditLog } from "../../../present/access/audit-log.ts";
import { dataDirAt } from "../../data-dir.ts";
import { openInstallKeys } from "../../install-secret.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const folder = temporaryFolder("access-cli");
let folders = 0;
const newDataDir = (): string => join(folder, `data-${++folders}`);

/** Runs the command line in a process of its own; `input` is what a pipe would send. */
async function iai(dataDir: string, args: readonly string[], input = "") {
  const child = spawn(process.execPath, [main, ...args, "--data-dir", dataDir], { cwd: folder });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { out, err, code: Number(code) };
}

describe("iai key and iai user", () => {
  it("make and revoke a key while another process has the records open", async () => {
    const dataDir = newDataDir();
    await iai(dataDir, ["key", "list"]);
    const path = dataDirAt(dataDir).records;
    const records = await openSqliteRecordStore({ path, clock: systemClock, log: silentLog });
    const { bearer, clock } = anAccess(records);
    const created = await iai(dataDir, [
      "key",
      "create",
      "--name",
      "gw",
      "--role",
      "ingest",
      "--json",
    ]);
    const answer = JSON.parse(created.out);
    assert.equal(created.out, `${JSON.stringify(answer)}\n`);
    assert.deepEqual(Object.keys(answer), ["id", "key", "role"]);
    assert.equal(created.err, "");
    assert.equal((await bearer(answer.key))?.id, answer.id);
    assert.equal((await iai(dataDir, ["key", "revoke", answer.id])).code, 0);
    await clock.advance(5_000);
    assert.equal(await bearer(answer.key), null);
    await records.close();
  });

  it("leave neither key nor password in any file, and a chain of audit entries that verifies", async () => {
    const dataDir = newDataDir();
    const { out } = await iai(dataDir, [
      "key",
      "create",
      "--name",
      "gw",
      "--role",
      "admin",
      "--json",
    ]);
    const key = String(JSON.parse(out).key);
    assert.equal(
      (
        await iai(
          dataDir,
          ["user", "add", "--name", "anna", "--role", "admin"],
          `${goodPassword}\n`,
        )
      ).code,
      0,
    );
    for (const file of readdirSync(dataDir)) {
      const bytes = readFileSync(join(dataDir, file));
      assert.equal(bytes.includes(key.slice(11, 38)), false, file);
      assert.equal(bytes.includes(goodPassword), false, file);
    }
    assert.equal((await iai(dataDir, ["verify-audit"])).code, 0);
    const dir = dataDirAt(dataDir);
    const records = await openSqliteRecordStore({
      path: dir.records,
      clock: systemClock,
      log: silentLog,
    });
    const keys = await openInstallKeys(dir.installSecret);
    const audit = createAuditLog({ records, clock: systemClock, key: keys.audit });
    assert.deepEqual(await audit.verify(), { ok: true, rows: 2, firstBad: null });
    await records.transaction((tx) => tx.update("audit_log", { number: 2 }, { actor: "somebody" }));
    await records.close();
    assert.equal((await iai(dataDir, ["verify-audit"])).code, 1);
  });

  it("take a password from a file, and end with 1 when it is weak and 2 when the command is wrong", async () => {
    const dataDir = newDataDir();
    const file = join(folder, "password");
    writeFileSync(file, `${goodPassword}\r\nsecond line\n`);
    const add = ["user", "add", "--role", "viewer", "--password-file"];
    assert.equal((await iai(dataDir, [...add, file, "--name", "ben"])).code, 0);
    assert.equal((await iai(dataDir, [...add, join(folder, "none"), "--name", "cy"])).code, 2);
    assert.equal(
      (await iai(dataDir, ["user", "add", "--name", "cy", "--role", "viewer"], "weak")).code,
      1,
    );
    assert.equal((await iai(dataDir, ["user", "add", "--name", "cy"], "weak")).code, 2);
    assert.equal((await iai(dataDir, ["user", "disable", "ben"])).code, 0);
    const users = JSON.parse((await iai(dataDir, ["user", "list", "--json"])).out);
    assert.deepEqual(
      users.map((user: { name: string; disabled: boolean }) => [user.name, user.disabled]),
      [["ben", true]],
    );
  });
});
