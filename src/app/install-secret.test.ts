import assert from "node:assert/strict";
import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isCode } from "../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../test/fixtures/temporary-folder.ts";
import { openInstallKeys } from "./install-secret.ts";

describe("install secret", () => {
  const folder = temporaryFolder("secret");

  it("is made once, however many processes begin at the same time, and read by its owner only", async () => {
    const path = join(folder, "data", "install.secret");
    const all = await Promise.all(Array.from({ length: 8 }, () => openInstallKeys(path)));
    for (const keys of all) assert.deepEqual(keys, all[0]);
    assert.notDeepEqual(all[0]?.signing, all[0]?.audit);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(folder, "data")), ["install.secret"]);
  });

  it("differs between two installations", async () => {
    const [one, other] = await Promise.all(
      ["one", "other"].map((name) => openInstallKeys(join(folder, name))),
    );
    assert.notDeepEqual(one, other);
  });

  it("is refused when others can read it", async () => {
    const path = join(folder, "open");
    await openInstallKeys(path);
    chmodSync(path, 0o644);
    await assert.rejects(openInstallKeys(path), (failure) => isCode(failure, "CONFIG_INVALID"));
  });
});
