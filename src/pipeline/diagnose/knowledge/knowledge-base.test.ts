import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryRecords } from "../../../../test/fixtures/in-memory-records.ts";
import { isCode } from "../../../../test/fixtures/is-code.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { createCountingIds } from "../../../kernel/ids.ts";
import {
  createKnowledgeBase,
  type KnowledgeBase,
  type KnowledgeContent,
} from "./knowledge-base.ts";
import { seedEntries } from "./seed-entries.ts";

const by = {
  principal: {
    id: "u1",
    name: "Lin",
    role: "engineer",
    kind: "user",
    deviceIds: null,
    factoryId: null,
    lineId: null,
  },
  reason: "seen last week",
} as const;

async function aKnowledgeBase(): Promise<{ kb: KnowledgeBase; records: InMemoryRecords }> {
  const records = new InMemoryRecords();
  const clock = new SimulatedClock(1_000);
  const kb = createKnowledgeBase({ records, clock, ids: createCountingIds() });
  await kb.seed();
  return { kb, records };
}

function contentOf(index: number, patch: Partial<KnowledgeContent> = {}): KnowledgeContent {
  const entry = seedEntries[index];
  assert.ok(entry !== undefined);
  const { kbId: _id, version: _version, ...content } = entry;
  return { ...content, ...patch };
}

describe("the knowledge base", () => {
  it("is seeded when it is empty, and never again", async () => {
    const { kb, records } = await aKnowledgeBase();
    await kb.put("KB-BLOCKAGE", contentOf(4, { parts: ["ours"] }), by);
    await kb.seed();
    assert.equal(records.rows("maintenance_kb").length, seedEntries.length);
    assert.deepEqual((await kb.get("KB-BLOCKAGE")).parts, ["ours"]);
  });

  const queries: readonly [query: string, kbId: string][] = [
    ["轴承", "KB-BEARING-WEAR"],
    ["磨损", "KB-BEARING-WEAR"],
    ["气蚀", "KB-CAVITATION"],
    ["汽蚀", "KB-CAVITATION"],
    ["cavitating", "KB-CAVITATION"],
    ["动不平衡", "KB-ROTOR-IMBALANCE"],
    ["unbalance", "KB-ROTOR-IMBALANCE"],
    ["机封泄漏", "KB-SEAL-LEAK"],
    ["leaking seal", "KB-SEAL-LEAK"],
    ["滤网堵", "KB-BLOCKAGE"],
    ["clogged strainer", "KB-BLOCKAGE"],
    ["马达超温", "KB-MOTOR-OVERHEATING"],
    ["frozen sensor", "KB-SENSOR-FAULT"],
    ["找正", "KB-MISALIGNMENT"],
  ];
  for (const [query, kbId] of queries) {
    it(`finds ${kbId} first for “${query}”`, async () => {
      const { kb } = await aKnowledgeBase();
      const found = await kb.search({ query, deviceType: "pump", limit: 10 });
      assert.equal(found[0]?.kbId, kbId);
    });
  }

  it("keeps to the type of device and to what is generic", async () => {
    const { kb } = await aKnowledgeBase();
    const types = async (deviceType: string): Promise<Set<string>> => {
      const found = await kb.search({ query: "", deviceType, limit: 100 });
      return new Set(found.map((entry) => entry.deviceType));
    };
    assert.deepEqual(await types("fan"), new Set(["generic"]));
    assert.deepEqual(await types("centrifugal_pump"), new Set(["generic", "pump"]));
    assert.deepEqual(await types("PUMP"), new Set(["generic", "pump"]));
  });

  it("finds nothing for words it does not hold, and nothing that is only proposed or retired", async () => {
    const { kb } = await aKnowledgeBase();
    const all = { deviceType: null, limit: 10 };
    assert.deepEqual(await kb.search({ query: "quasar", ...all }), []);
    await kb.put("KB-CAVITATION", contentOf(5, { status: "RETIRED" }), by);
    const found = await kb.search({ query: "汽蚀", ...all });
    assert.ok(!found.some((entry) => entry.kbId === "KB-CAVITATION"));
  });

  it("finds what was written a moment ago", async () => {
    const { kb } = await aKnowledgeBase();
    const name = { zh: "喘振", en: "surge" };
    const created = await kb.create(
      contentOf(0, { faultPattern: name, deviceType: "compressor" }),
      by,
    );
    const found = await kb.search({ query: "喘振", deviceType: "compressor", limit: 1 });
    assert.equal(found[0]?.kbId, created.kbId);
    assert.equal(created.version, 1);
  });

  it("counts versions and keeps the one before, with who changed it and why", async () => {
    const { kb, records } = await aKnowledgeBase();
    const changed = await kb.put("KB-BLOCKAGE", contentOf(4, { parts: [] }), by);
    assert.equal(changed.version, 2);
    const entry = records.rows("history").at(-1);
    assert.equal(entry?.actor, "Lin");
    assert.equal(entry?.reason, "seen last week");
    assert.equal(entry?.subjectId, "KB-BLOCKAGE");
    assert.notEqual(entry?.detail["before"], null);
  });

  it("refuses to change what it does not hold", async () => {
    const { kb } = await aKnowledgeBase();
    await assert.rejects(kb.put("KB-NONE", contentOf(0), by), (e) => isCode(e, "NOT_FOUND"));
  });
});
