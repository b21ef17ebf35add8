import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dictionary } from "./dictionary.ts";
import { glossary, type Term } from "./glossary.ts";

const pairs: [string, readonly [string, string]][] = Object.entries(dictionary);
const places = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe("the dictionary", () => {
  it("has both languages for every key", () => {
    for (const [key, [zh, en]] of pairs) {
      assert.notEqual(zh.trim(), "", `${key} has no Chinese`);
      assert.notEqual(en.trim(), "", `${key} has no English`);
    }
  });

  it("fills the same places in both languages", () => {
    for (const [key, [zh, en]] of pairs) assert.deepEqual(places(zh), places(en), key);
  });

  it("says each thing with the word of the glossary", () => {
    const terms: [string, Term][] = Object.entries(glossary);
    for (const [key, [zh, en]] of pairs) {
      for (const [name, { avoidZh, avoidEn }] of terms) {
        for (const word of avoidZh) assert.ok(!zh.includes(word), `${key}: "${word}" for ${name}`);
        for (const word of avoidEn) {
          assert.ok(!en.toLowerCase().includes(word), `${key}: "${word}" for ${name}`);
        }
      }
    }
  });
});
