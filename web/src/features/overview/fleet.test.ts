import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeviceStatus } from "../../api/types.ts";
import { foldLine, linesOf } from "./fleet.ts";

const device = (id: string, change: Partial<DeviceStatus> = {}): DeviceStatus => ({
  device_id: id,
  device_name: id,
  device_type: "pump",
  factory_id: "F1",
  line_id: "L1",
  criticality: "B",
  mode: "RUNNING",
  mode_source: "default",
  mode_since: "2026-01-01T00:00:00.000Z",
  status: "RUNNING",
  protected: true,
  auto_registered: false,
  last_seen_at: "2026-01-01T00:00:00.000Z",
  age_ms: 0,
  seq: null,
  values: {},
  state: "normal",
  score: null,
  contributions: {},
  baseline: "active",
  learned_rows: 400,
  learn_rows: 400,
  worst_margin: 0.1,
  worst_metric: "vibration",
  health: null,
  severity: null,
  alerts: [],
  ...change,
});
const now = Date.parse("2026-01-01T00:00:10.000Z");

describe("the fleet", () => {
  it("keeps lines and tiles in the order of their names", () => {
    const lines = linesOf([device("B"), device("C", { line_id: "L0" }), device("A")]);
    assert.deepEqual(
      lines.map((line) => [line.lineId, line.devices.map((each) => each.device_id)]),
      [
        ["L0", ["C"]],
        ["L1", ["A", "B"]],
      ],
    );
  });

  it("shows the worst first and folds the quiet ones in a large fleet", () => {
    const line = [
      device("quiet"),
      device("p2", { severity: "P2" }),
      device("silent", { last_seen_at: null }),
      device("p0", { severity: "P0" }),
      device("stopped", { mode: "STOPPED", last_seen_at: null }),
    ];
    const { shown, quiet } = foldLine(line, { now, staleMs: 60_000, most: 2 });
    assert.deepEqual(
      shown.map((each) => each.device_id),
      ["p0", "p2"],
    );
    assert.equal(quiet, 3);
  });
});
