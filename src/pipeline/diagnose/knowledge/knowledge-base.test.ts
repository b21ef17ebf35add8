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
  const { kbId: _id, version: _version, shippedRevision: _revision, ...content } = entry;
  return { ...content, ...patch };
}

describe("the knowledge base", () => {
  it("is seeded once, and what a person edited stays theirs", async () => {
    const { kb, records } = await aKnowledgeBase();
    await kb.put("KB-BLOCKAGE", contentOf(4, { parts: ["ours"] }), by);
    await kb.setStatus("KB-CAVITATION", "RETIRED", by);
    await kb.seed();
    assert.equal(records.rows("maintenance_kb").length, seedEntries.length);
    assert.deepEqual((await kb.get("KB-BLOCKAGE")).parts, ["ours"]);
    assert.equal((await kb.get("KB-CAVITATION")).status, "RETIRED");
  });

  it("takes up a newer shipped text where nobody edited the entry, as its next version", async () => {
    const { kb, records } = await aKnowledgeBase();
    const old = { parts: ["of an older release"], shippedRevision: 1 };
    const ofFirstRelease = { parts: ["of the first release"], shippedRevision: null };
    await records.transaction(async (tx) => {
      await tx.update("maintenance_kb", { kbId: "KB-BLOCKAGE" }, old);
      await tx.update("maintenance_kb", { kbId: "KB-CAVITATION" }, ofFirstRelease);
    });
    await kb.seed();
    for (const kbId of ["KB-BLOCKAGE", "KB-CAVITATION"]) {
      const entry = await kb.get(kbId);
      const shipped = seedEntries.find((item) => item.kbId === kbId);
      assert.deepEqual(entry.parts, shipped?.parts);
      assert.equal(entry.version, 2);
    }
    const [now, before] = await kb.versions("KB-BLOCKAGE");
    assert.equal(now?.replaced, null);
    assert.deepEqual(before?.entry.parts, old.parts);
    await kb.seed();
    assert.equal((await kb.get("KB-BLOCKAGE")).version, 2);
  });

  const queries: readonly [query: string, kbId: string][] = [
    ["轴承磨损", "KB-BEARING-WEAR"],
    ["气蚀", "KB-CAVITATION"],
    ["汽蚀", "KB-CAVITATION"],
    ["cavitating", "KB-CAVITATION"],
    ["动不平衡", "KB-ROTOR-IMBALANCE"],
    ["unbalance", "KB-ROTOR-IMBALANCE"],
    ["机封泄漏", "KB-SEAL-LEAK"],
    ["leaking seal", "KB-SEAL-LEAK"],
    ["阀门没开足", "KB-BLOCKAGE"],
    ["滤网堵", "KB-PUMP-SUCTION-STRAINER"],
    ["clogged strainer", "KB-PUMP-SUCTION-STRAINER"],
    ["cavatation", "KB-CAVITATION"],
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
    assert.deepEqual(await types("blower"), new Set(["generic", "fan"]));
    assert.deepEqual(await types("extruder"), new Set(["generic"]));
    assert.deepEqual(await types("centrifugal_pump"), new Set(["generic", "pump"]));
    assert.deepEqual(await types("PUMP"), new Set(["generic", "pump"]));
    assert.deepEqual(await types("hydraulic_unit"), new Set(["generic", "hydraulic"]));
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
    const name = { zh: "曲轴断裂", en: "Broken crankshaft" };
    const created = await kb.create(
      contentOf(0, { faultPattern: name, deviceType: "compressor" }),
      by,
    );
    const found = await kb.search({ query: "曲轴", deviceType: "compressor", limit: 1 });
    assert.equal(found[0]?.kbId, created.kbId);
    assert.equal(created.version, 1);
  });

  it("finds what waits for a person only where asked, below the same words of a person", async () => {
    const { kb } = await aKnowledgeBase();
    const name = { zh: "曲轴断裂", en: "Broken crankshaft" };
    const given = { faultPattern: name, deviceType: "compressor" };
    const proposed = { ...given, source: "AI_GENERATED", status: "PROPOSED" } as const;
    const waiting = await kb.create(contentOf(0, proposed), by);
    const person = await kb.create(contentOf(0, given), by);
    const query = { query: "crankshaft", deviceType: "compressor", limit: 2 };
    const ids = async (includeProposed: boolean): Promise<readonly string[]> => {
      const found = await kb.search({ ...query, includeProposed });
      return found.map(({ kbId }) => kbId);
    };
    assert.deepEqual(await ids(false), [person.kbId]);
    assert.deepEqual(await ids(true), [person.kbId, waiting.kbId]);
    await kb.setStatus(waiting.kbId, "ACTIVE", by);
    assert.deepEqual(await ids(false), [waiting.kbId, person.kbId]);
  });

  it("leaves out what another entry superseded", async () => {
    const { kb } = await aKnowledgeBase();
    const content = contentOf(5, { supersededBy: "KB-PUMP-HOT-LIQUID" });
    await kb.put("KB-CAVITATION", content, by);
    for (const query of ["汽蚀", ""]) {
      const found = await kb.search({ query, deviceType: "pump", limit: 100 });
      assert.ok(found.length > 0);
      assert.ok(!found.some(({ kbId }) => kbId === "KB-CAVITATION"));
    }
  });

  it("puts first what the readings agree with, of entries that the words fit alike", async () => {
    const { kb } = await aKnowledgeBase();
    const firstOf = async (direction: "up" | "down"): Promise<string | undefined> => {
      const symptoms = [{ metric: "suction_pressure", direction }] as const;
      const query = { query: "泵没有流量", deviceType: "pump", limit: 10, symptoms };
      const ids = (await kb.search(query)).map(({ kbId }) => kbId);
      return ids.find((id) => id === "KB-PUMP-DRY-RUN" || id === "KB-PUMP-COUPLING-BROKEN");
    };
    assert.equal(await firstOf("down"), "KB-PUMP-DRY-RUN");
    assert.equal(await firstOf("up"), "KB-PUMP-COUPLING-BROKEN");
  });

  it("refuses a change of a version that is no longer in force", async () => {
    const { kb } = await aKnowledgeBase();
    const edit = () => kb.put("KB-BLOCKAGE", contentOf(4), { ...by, expectedVersion: 1 });
    await edit();
    await assert.rejects(edit(), (e) => isCode(e, "CONFLICT"));
    assert.equal((await kb.get("KB-BLOCKAGE")).version, 2);
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
