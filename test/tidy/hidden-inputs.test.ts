import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf, isTest, sourcesIn } from "./sources.ts";

const hidden = /\b(Date\.now|new Date\(\)|setTimeout|setInterval|Math\.random|process\.env)\b/g;
/** The only functions of Math that are the same to the bit in every engine. */
const allowedMath = new Set(["sqrt", "abs", "min", "max", "floor"]);
const stepFolders = /^src\/pipeline\/(detect|aggregate|alert\/builder)\//;
/** Services around the steps live beside them and are no steps themselves. */
const notSteps = /rule-service/;

const product = sourcesIn("src/**/*.ts").filter((source) => !isTest(source.path));

describe("hidden inputs", () => {
  it("hands in clock, timers, randomness and environment outside kernel and app", () => {
    const found = product
      .filter((source) => !/^src\/(kernel|app)\//.test(source.path))
      .flatMap((source) =>
        [...codeOf(source.text).matchAll(hidden)].map((match) => `${source.path}: ${match[0]}`),
      );
    assert.deepEqual(found, []);
  });

  it("keeps the arithmetic of steps to what every engine computes alike", () => {
    const steps = product.filter(
      (source) => stepFolders.test(source.path) && !notSteps.test(source.path),
    );
    assert.ok(steps.length > 5);
    const found = steps.flatMap((source) => {
      const code = codeOf(source.text);
      const math = [...code.matchAll(/\bMath\.(\w+)/g)].filter(
        (match) => !allowedMath.has(match[1] ?? ""),
      );
      const others = [...code.matchAll(/\bIntl\b|\btoLocale\w+|\*\*|\bcrypto\b/g)];
      const nodeImports = [...source.text.matchAll(/from "node:[^"]+"/g)];
      return [...math, ...others, ...nodeImports].map((match) => `${source.path}: ${match[0]}`);
    });
    assert.deepEqual(found, []);
  });
});
