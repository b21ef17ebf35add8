import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { configSchema } from "../../src/app/config/schema.ts";
import { planReads } from "../../src/backends/source-adapter/modbus/read-plan.ts";
import { parseRegisterMap } from "../../src/backends/source-adapter/modbus/register-map.ts";
import { root } from "./sources.ts";

describe("what the protocols page shows", () => {
  const page = readFileSync(join(root, "docs", "protocols.md"), "utf8");
  const examples = [...page.matchAll(/```yaml\n(sources:.*?)```/gs)].map((match) => match[1] ?? "");

  it("is a configuration that starts, for each kind of source", () => {
    const kinds = examples.flatMap((text) => {
      const parsed = configSchema.safeParse(parse(text));
      assert.ok(parsed.success, `${text}\n${parsed.error?.message}`);
      return parsed.data.sources.map(({ kind }) => kind);
    });
    assert.deepEqual(kinds.toSorted(), ["modbus", "mqtt", "mqtt-broker", "opcua"]);
  });

  it("has register maps that can be read", () => {
    const maps = globSync("examples/modbus/*.yaml", { cwd: root });
    assert.ok(maps.length > 0);
    for (const path of maps) {
      const map = parseRegisterMap(path, readFileSync(join(root, path), "utf8"));
      assert.ok(planReads(map).length > 0);
    }
  });
});
