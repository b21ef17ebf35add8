import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KnowledgeEntry } from "../../../../src/model/diagnosis.ts";
import { knowledgeIn, knowledgeToWire } from "../../../../src/wire/kb.ts";
import { bodyOf, draftOf, emptyDraft, isComplete, readSigns } from "./knowledge-draft.ts";

const both = (word: string) => ({ zh: `${word}中`, en: word });
const fullEntry: KnowledgeEntry = {
  kbId: "KB-1",
  deviceType: "pump",
  category: "seal",
  failureMode: "ELP",
  failureMechanism: "1.1 Leakage",
  component: both("seal"),
  faultPattern: both("leak"),
  symptoms: both("drops"),
  rootCause: both("wear"),
  solution: both("replace"),
  prevention: both("flush"),
  urgency: both("now"),
  signs: [
    { metric: "flow", direction: "down", strength: 0.8, pattern: "gradual" },
    { metric: "vibration", direction: "steady", strength: 0.25 },
  ],
  discriminators: [both("look"), both("listen")],
  checks: [both("first"), both("second")],
  parts: ["seal", "O-ring"],
  estimatedHours: 5,
  source: "MANUAL",
  reference: "",
  licence: "",
  version: 3,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: null,
  createdAt: 0,
};
const unsaid = {
  component: null,
  urgency: null,
  signs: [],
  discriminators: [],
  checks: [],
  parts: [],
  estimatedHours: null,
};

describe("a knowledge entry in the editor", () => {
  it("comes out as it went in, with everything said and with nothing said", () => {
    for (const entry of [fullEntry, { ...fullEntry, ...unsaid }]) {
      const wire = knowledgeToWire(entry, "en");
      const draft = draftOf(wire);
      const signs = readSigns(draft.signs);
      assert.ok(typeof signs !== "number");
      const sent = knowledgeIn.parse(bodyOf(draft, signs));
      assert.deepEqual(sent.signs, wire.signs);
      assert.deepEqual(sent.checks, wire.checks);
      assert.deepEqual(sent.discriminators, wire.discriminators);
      assert.deepEqual(sent.parts, wire.parts);
      assert.deepEqual(sent.urgency, wire.urgency);
      assert.equal(sent.symptoms.zh, wire.i18n.zh.symptoms);
      assert.equal(sent.symptoms.en, wire.i18n.en.symptoms);
    }
  });

  it("stands in both languages where it is typed in one", () => {
    const draft = {
      ...emptyDraft,
      symptoms: { zh: "振动", en: "" },
      checks: { zh: "听\n看", en: "listen" },
    };
    const body = bodyOf(draft, []);
    assert.deepEqual(body.symptoms, { zh: "振动", en: "振动" });
    assert.deepEqual(body.checks, [
      { zh: "听", en: "listen" },
      { zh: "看", en: "看" },
    ]);
  });

  it("names the line of a sign that it cannot read", () => {
    assert.equal(readSigns("vibration up 0.8\n\nflow sideways 1"), 3);
    assert.equal(readSigns("flow up 1.5"), 1);
    assert.equal(readSigns("flow up 0.5 slowly"), 1);
    assert.equal(readSigns("flow up"), 1);
    assert.deepEqual(readSigns(" "), []);
  });

  it("is complete once type, fault, symptoms, cause and solution are said in one language", () => {
    assert.equal(isComplete(emptyDraft), false);
    const said = { zh: "", en: "x" };
    const draft = {
      ...emptyDraft,
      fault_pattern: said,
      symptoms: said,
      root_cause: said,
      solution: said,
    };
    assert.equal(isComplete(draft), false);
    assert.equal(isComplete({ ...draft, device_type: "pump" }), true);
  });
});
