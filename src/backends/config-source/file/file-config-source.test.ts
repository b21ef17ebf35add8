import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stringify } from "yaml";
import { testConfigSource } from "../../../../test/contract/config-source.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { temporaryFolder } from "../../../../test/fixtures/temporary-folder.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { openFileConfigSource } from "./file-config-source.ts";

const folder = temporaryFolder("config");

function open() {
  const path = join(mkdtempSync(join(folder, "source-")), "iai.yaml");
  const source = openFileConfigSource({ path, clock: systemClock, settleMs: 20 });
  // Replaced as editors do it: written beside and renamed.
  const put = async (text: string): Promise<void> => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  return { path, source, put };
}

testConfigSource({
  name: "file",
  open: async () => {
    const { source, put } = open();
    return {
      source,
      publish: (values) => put(stringify(values)),
      publishBroken: () => put("http: [8000"),
    };
  },
});

describe("configuration file", () => {
  for (const [what, text] of [
    ["a key that stands twice", "a: 1\na: 2\n"],
    ["a list", "- a\n- b\n"],
    ["a document that grows by aliases", aliasBomb()],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { source, put } = open();
      await put(text);
      await assert.rejects(source.load(), (failure) => isCode(failure, "CONFIG_UNREADABLE"));
    });
  }

  it("takes a file of comments only as an empty document", async () => {
    const { source, put } = open();
    await put("# nothing yet\n");
    assert.deepEqual((await source.load()).values, {});
  });

  it("stays with the last configuration when the file is removed", async () => {
    const { path, source, put } = open();
    await put("a: 1\n");
    await source.load();
    const end = new AbortController();
    const told = Promise.withResolvers<unknown>();
    const next = source.changes(end.signal, told.resolve)[Symbol.asyncIterator]().next();
    await rm(path);
    isCode(await told.promise, "CONFIG_UNREADABLE");
    end.abort();
    assert.equal((await next).done, true);
  });
});

function aliasBomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i += 1) {
    lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(", ")}]`);
  }
  return lines.join("\n");
}
