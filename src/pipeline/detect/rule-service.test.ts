import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { StagedControl } from "../../../test/fixtures/staged-control.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import type { Principal } from "../../model/access.ts";
import { createRuleService, type RuleInput } from "./rule-service.ts";

const engineer: Principal = {
  id: "u1",
  name: "li",
  role: "engineer",
  kind: "user",
  deviceIds: null,
  factoryId: null,
  lineId: null,
};
const by = { principal: engineer, reason: null };
const hot: RuleInput = {
  name: "hot",
  text: "temperature > 80 for 30s",
  condition: "over_temp",
  severity: "P1",
  scope: { deviceId: null, deviceType: null, lineId: null },
  modes: ["RUNNING"],
  blankAtStart: true,
  latching: false,
  enabled: true,
};

const open = (): {
  control: StagedControl;
  service: ReturnType<typeof createRuleService>;
} => {
  const control = new StagedControl();
  const service = createRuleService({
    records: new InMemoryRecords(),
    control,
    clock: new SimulatedClock(1_000),
    ids: createCountingIds(),
    log: silentLog,
    device: () => null,
  });
  return { control, service };
};

describe("the rule service", () => {
  it("stores a rule and tells the log all rules in force, in one go", async () => {
    const { control, service } = open();
    const rule = await service.create({ ...hot, ruleId: "hot" }, by);
    assert.equal(rule.version, 1);
    assert.equal(rule.createdBy, "li");
    assert.deepEqual(await service.get("hot").then(({ text }) => text), hot.text);
    assert.equal(control.flushed, 1);
    const [draft] = control.drafts;
    assert.equal(draft?.type, "rules");
  });

  it("makes each change the next version, and only the newest is in force", async () => {
    const { control, service } = open();
    await service.create({ ...hot, ruleId: "hot" }, by);
    const second = await service.put("hot", { ...hot, text: "temperature > 90" }, by);
    assert.equal(second.version, 2);
    assert.deepEqual(
      (await service.list()).map(({ version }) => version),
      [2],
    );
    const draft = control.drafts[1];
    assert.ok(draft?.type === "rules");
    assert.deepEqual(
      draft.rules.map(({ text }) => text),
      ["temperature > 90"],
    );
  });

  it("refuses what cannot be read, and stores and tells nothing", async () => {
    const { control, service } = open();
    const bad = { ...hot, text: "temperature > 80 for", ruleId: null };
    await assert.rejects(service.create(bad, by), { code: "RULE_SYNTAX" });
    const mixed = { ...hot, text: "temperature > 80 bar", ruleId: null };
    await assert.rejects(service.create(mixed, by), { code: "RULE_TYPE" });
    assert.deepEqual(await service.list(), []);
    assert.equal(control.flushed, 0);
    assert.equal(service.validate("temperature > 80 for", null)?.column, 21);
    assert.equal(service.validate("temperature > 80", null), null);
  });

  it("refuses an id that is taken and one that does not exist", async () => {
    const { service } = open();
    await service.create({ ...hot, ruleId: "hot" }, by);
    await assert.rejects(service.create({ ...hot, ruleId: "hot" }, by), { code: "CONFLICT" });
    await assert.rejects(service.put("cold", hot, by), { code: "NOT_FOUND" });
  });
});
