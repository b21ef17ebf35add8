import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Machine } from "../fixtures/http-machine.ts";
import { codesOf, type HttpPlant, openHttpPlant } from "../fixtures/http-plant.ts";

let plant: HttpPlant;

before(async () => {
  plant = await openHttpPlant("policy-contract", {
    yaml: "log: { level: warn }\ningest: { autoRegister: false, rateLimitPerKey: 100 }\n",
  });
});
after(() => plant?.stop());

describe("what a plant decides by configuration", () => {
  it("refuses devices that nobody registered", async () => {
    const known = await new Machine(plant, "N1").register();
    const [reading] = known.reads(1, () => ({ temperature: 1 }));
    const { status, body } = await plant.ingest([reading, { ...reading, device_id: "N2" }]);
    assert.equal(status, 200);
    assert.equal(body.accepted, 1);
    assert.deepEqual(codesOf(body), [[1, "DEVICE_UNKNOWN"]]);
    assert.equal((await plant.get("/devices/N2")).status, 404);
  });

  it("answers 429 with Retry-After to a key that sends faster than it may", async () => {
    const pump = new Machine(plant, "N1", 60);
    let status = 200;
    for (let i = 0; i < 10 && status === 200; i += 1) {
      const answer = await plant.send(
        "POST",
        "/readings",
        pump.reads(200, () => ({ temperature: 1 })),
        { role: "ingest" },
      );
      status = answer.status;
      if (status === 200) continue;
      assert.equal(answer.body["code"], "RATE_LIMITED");
      assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    }
    assert.equal(status, 429);
  });
});
