import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { aReport } from "../../../test/fixtures/diagnosis.ts";
import { aDevice, anOrder, noon } from "../../../test/fixtures/record-rows.ts";
import { aServer, as, simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import { silentLog } from "../../kernel/log.ts";
import type { Evidence } from "../../model/diagnosis.ts";
import { createKnowledgeBase } from "../../pipeline/diagnose/knowledge/knowledge-base.ts";
import { seedEntries } from "../../pipeline/diagnose/knowledge/seed-entries.ts";
import { createLearning } from "../../pipeline/diagnose/learning/learning.ts";
import { fromCell, toCell } from "./csv.ts";

const simulated = simulatePlant();
const { records, clock, asked } = simulated;
const { ids } = simulated.services;
const knowledge = createKnowledgeBase({ records, clock, ids });
const learning = createLearning({ records, clock, ids, log: silentLog });
const app = await aServer({
  ...simulated,
  services: { ...simulated.services, knowledge, learning },
});
before(() => knowledge.seed());
after(() => app.close());

type Role = Parameters<typeof as>[0];

async function call(
  method: "GET" | "POST" | "PUT",
  url: string,
  given: { payload?: object | string; role?: Role; type?: string } = {},
) {
  const { payload, role = "engineer", type } = given;
  return app.inject({
    method,
    url: `/api/v1${url}`,
    headers: { ...as(role), ...(type === undefined ? {} : { "content-type": type }) },
    ...(payload === undefined ? {} : { payload }),
  });
}

const entryIn = {
  device_type: "pump",
  category: "seal",
  fault_pattern: { zh: "填料过紧", en: "Packing too tight" },
  symptoms: { zh: "填料发热", en: "the packing is hot" },
  root_cause: { zh: "压盖过紧", en: "gland too tight" },
  solution: { zh: "松压盖", en: "ease the gland" },
};

describe("the knowledge base over HTTP", () => {
  it("answers a query with what the readings agree with first", async () => {
    const search = async (direction: string) => {
      const query = `query=${encodeURIComponent("泵没有流量")}&device_type=pump&symptoms=suction_pressure:${direction}`;
      const answer = (await call("GET", `/kb?${query}`, { role: "viewer" })).json();
      const found: readonly string[] = answer.items.map((item: { kb_id: string }) => item.kb_id);
      return found.find((id) => id === "KB-PUMP-DRY-RUN" || id === "KB-PUMP-COUPLING-BROKEN");
    };
    assert.equal(await search("down"), "KB-PUMP-DRY-RUN");
    assert.equal(await search("up"), "KB-PUMP-COUPLING-BROKEN");
    assert.equal((await call("GET", "/kb?query=x&symptoms=hot")).statusCode, 422);
  });

  it("keeps each version with who replaced it and why, and refuses an edit of an old one", async () => {
    const created = (await call("POST", "/kb", { payload: entryIn })).json();
    const put = (more: object) =>
      call("PUT", `/kb/${created.kb_id}`, { payload: { ...entryIn, ...more } });
    const first = await put({ parts: ["gland"], expected_version: 1, reason: "part added" });
    assert.equal(first.json().version, 2);
    assert.equal((await put({ expected_version: 1 })).statusCode, 409);
    const { items } = (await call("GET", `/kb/${created.kb_id}/versions`)).json();
    assert.deepEqual(
      items.map(({ version }: { version: number }) => version),
      [2, 1],
    );
    assert.equal(items[1].replaced.reason, "part added");
    assert.deepEqual(items[1].entry.parts, []);
  });

  it("puts a proposed entry in force, and takes one out, by an engineer only", async () => {
    const written = { ...entryIn, source: "AI_GENERATED", status: "ACTIVE" };
    const { kb_id, status } = (await call("POST", "/kb", { payload: written })).json();
    assert.equal(status, "PROPOSED");
    const refused = await call("POST", `/kb/${kb_id}/promote`, { payload: {}, role: "operator" });
    assert.equal(refused.statusCode, 403);
    const promote = await call("POST", `/kb/${kb_id}/promote`, { payload: {} });
    assert.equal(promote.json().status, "ACTIVE");
    const retire = await call("POST", `/kb/${kb_id}/retire`, { payload: { reason: "twice" } });
    assert.equal(retire.json().status, "RETIRED");
  });
});

describe("the knowledge base as a table", () => {
  const importCsv = async (csv: string, dryRun = true) => {
    const answer = await call("POST", `/kb/import?dry_run=${dryRun}`, {
      payload: csv,
      type: "text/csv",
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  };
  const exportCsv = async () => (await call("GET", "/kb/export")).body;

  it("comes back unedited without one new version", async () => {
    const result = await importCsv(await exportCsv(), false);
    assert.equal(result.unchanged, records.rows("maintenance_kb").length);
    assert.equal(result.created + result.updated + result.refused, 0);
  });

  it("shows first what each line would do, and says per field what is wrong", async () => {
    const csv = [
      "kb_id,device_type,category,fault_pattern_en,symptoms_en,root_cause_en,solution_en,signs,checks_en",
      'KB-OURS,pump,leak,Weeping plug,drops,old plug,new plug,"pressure down 0.5 gradual","look\nlisten"',
      "KB-BAD,pump,rust,Weeping plug,drops,old plug,new plug,pressure sideways 0.5,",
      "KB-OURS,pump,leak,Twice,drops,old plug,new plug,,",
    ].join("\n");
    const preview = await importCsv(csv);
    assert.deepEqual(
      preview.rows.map(({ action }: { action: string }) => action),
      ["create", "refuse", "refuse"],
    );
    const fields = preview.rows[1].errors.map(({ field }: { field: string }) => field);
    assert.deepEqual(fields.sort(), ["category", "signs.0.direction"]);
    assert.equal((await call("GET", "/kb/KB-OURS")).statusCode, 404);
    await importCsv(csv, false);
    const entry = (await call("GET", "/kb/KB-OURS")).json();
    assert.deepEqual(entry.signs, [
      { metric: "pressure", direction: "down", strength: 0.5, pattern: "gradual" },
    ]);
    assert.deepEqual(entry.checks[1], { zh: "listen", en: "listen" });
  });

  it("changes what was edited in the table, unless somebody changed it meanwhile", async () => {
    const table = await exportCsv();
    const edited = table.replaceAll("old plug", "cracked plug");
    const result = await importCsv(edited, false);
    assert.equal(result.updated, 1);
    assert.equal((await call("GET", "/kb/KB-OURS")).json().root_cause, "cracked plug");
    const late = await importCsv(table.replaceAll("old plug", "lost plug"), false);
    assert.equal(late.refused, 1);
    assert.equal(late.updated, 0);
  });

  it("refuses a column that it does not know", async () => {
    const result = await importCsv("device_type,colour\npump,red\n");
    assert.equal(result.refused, 1);
  });

  it("hands a formula to spreadsheets as text and takes it back as it was", () => {
    for (const text of ["=1+1", "-5 °C", "@x", "plain"]) {
      const cell = toCell(text);
      assert.ok(!/^[=+\-@]/.test(cell));
      assert.equal(fromCell(cell), text);
    }
  });
});

describe("what close-outs teach", () => {
  const moved = (metric: string, direction: string): Evidence => ({
    id: `E-${metric}`,
    kind: "metric_change",
    metric,
    value: { direction },
    unit: null,
    window: null,
    query: "",
    text: { zh: "", en: "" },
  });

  before(async () => {
    const device = { deviceId: "GEAR_01" };
    await records.transaction(async (tx) => {
      await tx.insert("device_registry", aDevice("GEAR_01", { deviceType: "gearbox" }));
      for (let n = 0; n < 6; n += 1) {
        const orderNo = `WO-20260301-000${n}`;
        const traceId = `L${n}`;
        await tx.insert("work_order", { ...anOrder(orderNo, traceId), ...device });
        const evidence = [moved("oil_level", "down"), moved("current", "up")];
        await tx.insert("diagnosis_report", aReport({ traceId, evidence }));
        await tx.insert("verdict", {
          orderNo,
          traceId,
          deviceId: device.deviceId,
          at: noon + n,
          actor: "Wang",
          verdict: { alarm: "right", cause: "leak", fix: "repair", note: "" },
          detectors: [],
          ruleIds: [],
          predicted: "cooling",
        });
      }
    });
  });

  it("is shown with its counts; a verdict taken back counts no longer, restored it does again", async () => {
    const read = async () => (await call("GET", "/learning", { role: "viewer" })).json();
    const first = await read();
    assert.equal(first.verdicts, 6);
    const leak = first.causes.find(({ category }: { category: string }) => category === "leak");
    assert.equal(leak.found, 6);
    assert.ok(leak.factor > 1);
    for (const n of [0, 1]) {
      const url = `/learning/verdicts/WO-20260301-000${n}/withdraw`;
      assert.equal((await call("POST", url, { payload: { reason: "typo" } })).statusCode, 200);
      assert.equal((await call("POST", url, { payload: { reason: "typo" } })).statusCode, 409);
    }
    const less = await read();
    assert.equal(less.verdicts, 4);
    assert.ok(less.causes.every(({ factor }: { factor: number }) => factor === 1));
    assert.equal(learning.causeWeights("gearbox").get("leak"), 1);
    for (const n of [0, 1]) {
      const url = `/learning/verdicts/WO-20260301-000${n}/restore`;
      await call("POST", url, { payload: { reason: "it was right" } });
    }
    assert.deepEqual(await read(), first);
    assert.equal(learning.causeWeights("gearbox").get("leak"), leak.factor);
  });

  it("offers a changed sign as a difference; accepted it is the entry's next version, and gone", async () => {
    const { proposals } = (await call("GET", "/learning")).json();
    const [proposal] = proposals;
    assert.equal(proposal.subject_id, "KB-GEAR-OIL-LOW");
    const url = `/learning/proposals/${proposal.id}/accept`;
    const refused = await call("POST", url, { payload: { reason: "yes" }, role: "operator" });
    assert.equal(refused.statusCode, 403);
    const after = await call("POST", url, { payload: { reason: "seen six times" } });
    assert.equal(after.statusCode, 200, after.body);
    const entry = (await call("GET", "/kb/KB-GEAR-OIL-LOW")).json();
    assert.equal(entry.version, 2);
    assert.deepEqual(entry.signs, proposal.change.after);
    const shipped = seedEntries.find(({ kbId }) => kbId === "KB-GEAR-OIL-LOW");
    assert.deepEqual(proposal.change.before, shipped?.signs);
    assert.deepEqual(after.json().proposals, []);
    assert.equal((await call("POST", url, { payload: { reason: "again" } })).statusCode, 404);
    assert.ok(!asked.some(([name]) => String(name).startsWith("rules.put")));
  });
});
