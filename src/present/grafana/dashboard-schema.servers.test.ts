import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { root } from "../../../test/tidy/sources.ts";
import { grafanaFiles } from "./grafana-files.ts";

/*
 * The reader is Go, from the same generator as the library that writes the files but another language and version: it
 * refuses fields that Grafana's schema does not know and values of other types, down into each panel's options.
 */

const folder = mkdtempSync(join(tmpdir(), "iai-schema-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const pages = [...grafanaFiles()].filter(([path]) => path.startsWith("grafana/dashboards/"));
const go = existsSync("/usr/local/go/bin/go") ? "/usr/local/go/bin/go" : "go";

function check(texts: readonly (readonly [name: string, text: string])[]) {
  const paths = texts.map(([name, text], index) => {
    const path = join(folder, `${index}-${basename(name)}`);
    writeFileSync(path, text);
    return path;
  });
  return spawnSync(go, ["run", ".", ...paths], {
    cwd: join(root, "test", "grafana", "schema-check"),
    env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly -buildvcs=false" },
    encoding: "utf8",
  });
}

describe("Grafana's schema", () => {
  it("knows every field of every dashboard", () => {
    const done = check(pages);
    assert.equal(done.status, 0, String(done.error ?? done.stdout + done.stderr));
    assert.equal(pages.length, 10);
  });

  it("would not take a field of another name or type", () => {
    const [name = "", text = ""] = pages[0] ?? [];
    for (const [from, to] of [
      ['"refresh": "5s"', '"refreshh": "5s"'],
      ['"graphMode": "none"', '"graphMode": 5'],
      ['"reduceOptions"', '"reducedOptions"'],
    ] as const) {
      assert.ok(text.includes(from));
      assert.equal(check([[name, text.replace(from, to)]]).status, 1, to);
    }
  });
});
