import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Role, roles } from "../../model/access.ts";
import { type Action, actions, mayDo } from "./role-matrix.ts";

/** The design's words, written down a second time: who may do what in the end. */
// biome-ignore format: a table should look like one
const promised: Readonly<Record<Action, string>> = {
  "readings.write":     "engineer admin ingest",
  "readings.read":      "viewer operator engineer admin",
  "devices.read":       "viewer operator engineer admin",
  "devices.write":      "engineer admin",
  "devices.mode":       "operator engineer admin",
  "baselines.write":    "engineer admin",
  "anomalies.read":     "viewer operator engineer admin",
  "anomalies.write":    "engineer admin ingest",
  "alerts.read":        "viewer operator engineer admin",
  "alerts.handle":      "operator engineer admin",
  "orders.read":        "viewer operator engineer admin",
  "orders.handle":      "operator engineer admin",
  "rules.read":         "viewer operator engineer admin",
  "rules.write":        "engineer admin",
  "agents.ask":         "viewer operator engineer admin",
  "knowledge.read":     "viewer operator engineer admin",
  "knowledge.write":    "engineer admin",
  "quarantine.read":    "viewer operator engineer admin",
  "quarantine.replay":  "engineer admin",
  "notifications.read": "viewer operator engineer admin",
  "audit.read":         "admin",
  "users.manage":       "admin",
  "keys.manage":        "admin",
  "sources.write":      "engineer admin",
  "system.read":        "viewer operator engineer admin",
  "system.idle":        "viewer operator engineer admin ingest",
  "session.own":        "viewer operator engineer admin ingest",
};

describe("role matrix", () => {
  for (const action of Object.keys(actions) as Action[]) {
    for (const role of roles) {
      const may = promised[action].split(" ").includes(role);
      it(`${may ? "lets" : "does not let"} ${role} do ${action}`, () => {
        assert.equal(mayDo(role, action), may);
      });
    }
  }

  it("gives an ingest key nothing to read but its own standing", () => {
    const allowed = (Object.keys(actions) as Action[]).filter((action) => mayDo("ingest", action));
    assert.deepEqual(allowed.sort(), [
      "anomalies.write",
      "readings.write",
      "session.own",
      "system.idle",
    ]);
  });

  it("lets each person's role do all that the role below it may", () => {
    const ladder: readonly Role[] = ["viewer", "operator", "engineer", "admin"];
    for (const action of Object.keys(actions) as Action[]) {
      const may = ladder.map((role) => mayDo(role, action));
      assert.deepEqual(
        may,
        may.toSorted((a, b) => Number(a) - Number(b)),
        action,
      );
    }
  });
});
