import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { grafanaFiles } from "../../src/present/grafana/grafana-files.ts";
import { root } from "./sources.ts";

const deploy = join(root, "deploy");
const fileText = (path: string): string => readFileSync(join(deploy, path), "utf8");

describe("generated files of Grafana and Prometheus", () => {
  const files = grafanaFiles();
  for (const [path, text] of files) {
    it(`deploy/${path} is what the code says; \`node scripts/generate-grafana.ts\` writes it`, () => {
      assert.ok(fileText(path) === text, "stale");
    });
  }

  it("hold no dashboard that the code does not know", () => {
    const there = globSync("grafana/{dashboards,provisioning}/**/*.*", { cwd: deploy });
    assert.deepEqual(
      there.filter((path) => !files.has(path)),
      [],
    );
  });
});
