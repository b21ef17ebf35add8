import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { generatedDocs } from "../../scripts/generate-docs.ts";

describe("generated documentation", () => {
  for (const [name, text] of generatedDocs()) {
    it(`says in docs/${name} what the code does; \`node scripts/generate-docs.ts\` writes it`, () => {
      const page = readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
      assert.ok(page === text, `docs/${name} is stale`);
    });
  }
});
