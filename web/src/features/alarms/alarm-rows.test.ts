import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Alert } from "../../api/types.ts";
import { filterOf, groupsOf, holdPlaces, matches } from "./alarm-rows.ts";

const alert = (id: string, change: Partial<Alert> = {}): Alert => ({
  trace_id: id,
  group_trace_id: null,
  incident_id: null,
  device_id: `D_${id}`,
  factory_id: "F1",
  line_id: "L1",
  condition: "high_vibration",
  alert_type: "high_vibration",
  severity: "P2",
  peak_severity: "P2",
  state: "UNACK_ACTIVE",
  active: true,
  acknowledged: false,
  unconfirmed: false,
  shelved: false,
  suppressed: false,
  out_of_service: false,
  status: "COMPLETED",
  timestamp: null,
  seq: null,
  values: {},
  conditions: [],
  occurrences: 1,
  opened_at: "2026-01-01T00:00:00.000Z",
  first_seen_at: "2026-01-01T00:00:00.000Z",
  cleared_at: null,
  margin: 0.7,
  worst_metric: "vibration",
  baseline: "active",
  healthy: {},
  assignee: null,
  acknowledged_by: null,
  acknowledged_at: null,
  shelved_until: null,
  shelved_by: null,
  shelve_reason: null,
  attempts: 1,
  last_error: null,
  reported_severity: null,
  created_at: "2026-01-01T00:00:00.000Z",
  updated_at: "2026-01-01T00:00:00.000Z",
  ...change,
});
const ids = (rows: readonly Alert[]): string[] => rows.map((row) => row.trace_id);

describe("the alarm list", () => {
  it("puts the most urgent first", () => {
    const { rows } = holdPlaces(
      [alert("a"), alert("b", { severity: "P0" }), alert("c", { acknowledged: true })],
      null,
    );
    assert.deepEqual(ids(rows), ["b", "a", "c"]);
  });

  it("never moves a row that is shown: new ones wait", () => {
    const held = holdPlaces(
      [alert("new", { severity: "P0" }), alert("a"), alert("b")],
      ["b", "a", "gone"],
    );
    assert.deepEqual(ids(held.rows), ["b", "a"]);
    assert.equal(held.waiting, 1);
  });

  it("keeps what is hidden out of the open list and counts it under hidden", () => {
    const open = filterOf(new URLSearchParams());
    const hidden = filterOf(new URLSearchParams("state=hidden"));
    const shelved = alert("s", { shelved: true });
    assert.equal(matches(shelved, open), false);
    assert.equal(matches(shelved, hidden), true);
    assert.equal(matches(alert("n", { state: "NORMAL" }), open), false);
  });

  it("groups without changing the order inside", () => {
    const rows = [alert("a"), alert("b", { line_id: "L2" }), alert("c")];
    assert.deepEqual(
      groupsOf(rows, "line").map((group) => [group.name, ids(group.rows)]),
      [
        ["L1", ["a", "c"]],
        ["L2", ["b"]],
      ],
    );
  });

  it("puts the first-out alarm at the head of its incident", () => {
    const storm = { incident_id: "storm" };
    const later = { ...storm, opened_at: "2026-02-28T12:00:09.000Z" };
    const first = { ...storm, opened_at: "2026-02-28T12:00:01.000Z" };
    const rows = [alert("alone"), alert("b", later), alert("first", first)];
    assert.deepEqual(
      groupsOf(rows, "incident").map((group) => [group.name, ids(group.rows)]),
      [
        ["", ["alone"]],
        ["storm", ["first", "b"]],
      ],
    );
  });
});
