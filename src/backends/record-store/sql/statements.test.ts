import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anAlertRow } from "../../../../test/fixtures/record-rows.ts";
import { sqliteDialect } from "../sqlite/dialect.ts";
import type { Fields } from "./comparisons.ts";
import { createStatements } from "./statements.ts";

const statements = createStatements(sqliteDialect);
const selected = (where: Fields) => statements.select("alert_log", { where }, false);

describe("SQL statements", () => {
  it("writes one text for all queries that differ in their values only", () => {
    const first = selected({ traceId: "T1", leaseToken: { gte: 1, lt: 5 } });
    const second = selected({ traceId: "T2", leaseToken: { gte: 7, lt: 9 } });
    assert.equal(first.sql, second.sql);
    assert.deepEqual(second.parameters, ["T2", 7, 9]);
  });

  it("writes another text wherever the meaning differs", () => {
    const wheres: readonly Fields[] = [
      {},
      { traceId: "T1" },
      { deviceId: "T1" },
      { traceId: null },
      { traceId: { not: "T1" } },
      { traceId: { not: null } },
      { traceId: { gte: "T1" } },
      { traceId: { gt: "T1" } },
      { traceId: { lt: "T1" } },
      { traceId: { lte: "T1" } },
      { traceId: { contains: "T1" } },
      { traceId: { in: [] } },
      { traceId: { in: ["T1", "T2"] } },
      { traceId: { in: ["T1", "T2", null] } },
      { traceId: "T1", deviceId: "T1" },
    ];
    const alerts = wheres.flatMap((where) => [
      statements.select("alert_log", { where }, false),
      statements.select("alert_log", { any: [where, { status: "PENDING" }] }, false),
      statements.select("alert_log", { where, limit: 1 }, false),
      statements.select("alert_log", { where, limit: 2 }, false),
      statements.select("alert_log", { where, orderBy: [["status", "asc"]] }, false),
      statements.select("alert_log", { where, orderBy: [["status", "desc"]] }, false),
      statements.count("alert_log", { where }, false),
      statements.remove("alert_log", where),
      statements.update("alert_log", where, { attempts: 1 }),
      statements.update("alert_log", where, { attempts: 1, lastError: "x" }),
      statements.select("work_order", { where }, false),
    ]);
    assert.equal(new Set(alerts.map((statement) => statement?.sql)).size, alerts.length);
  });

  it("binds what is set before what is compared, in the order of the text", () => {
    const statement = statements.update(
      "alert_log",
      { traceId: "T1", leaseToken: { lt: 3 } },
      { attempts: 7, suppressed: true },
    );
    assert.deepEqual(statement?.parameters, [7, 1, "T1", 3]);
  });

  it("does not write again what the comparison says already", () => {
    const changed = statements.update("alert_log", { traceId: "T1" }, { ...anAlertRow("T1") });
    assert.ok(!changed?.sql.includes(`set "trace_id"`));
    assert.equal(statements.update("alert_log", { traceId: "T1" }, { traceId: "T1" }), null);
  });

  it("asks for sets of similar size with the same text, whose extra values repeat the last", () => {
    const three = selected({ traceId: { in: ["T1", "T2", "T3"] } });
    const four = selected({ traceId: { in: ["T1", "T2", "T3", "T4"] } });
    assert.equal(three.sql, four.sql);
    assert.deepEqual(three.parameters, ["T1", "T2", "T3", "T3"]);
  });

  it("refuses a field that the table has not, wherever it stands", () => {
    const strange = { no_such_field: 1 };
    assert.throws(() => selected(strange));
    assert.throws(() => statements.insert("alert_log", { ...anAlertRow("T1"), ...strange }));
    assert.throws(() => statements.update("alert_log", {}, strange));
    const orderBy = [["no_such_field", "asc"]] as const;
    assert.throws(() => statements.select("alert_log", { orderBy }, false));
  });
});
