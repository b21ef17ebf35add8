import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { aServer, as, simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import type { Principal } from "../../model/access.ts";
import { pageOf } from "../../wire/basics.ts";
import { sourceDetailOut, sourceOut } from "../../wire/source.ts";
import { requireWholePlant } from "./scope.ts";

const plant = simulatePlant();
const app = await aServer(plant);
after(() => app.close());
const get = async (url: string, role: "viewer" | "engineer" = "engineer") =>
  (await app.inject({ url: `/api/v1${url}`, headers: as(role) })).json();
const send = (method: "POST" | "PATCH" | "DELETE", url: string, payload?: object) =>
  app.inject({
    method,
    url: `/api/v1${url}`,
    headers: as("engineer"),
    ...(payload === undefined ? {} : { payload }),
  });

describe("sources over HTTP", () => {
  it("tell everybody how they stand, and how they are set up only who may change them", async () => {
    const page = pageOf(sourceOut).parse(await get("/sources", "viewer"));
    assert.equal(page.items[0]?.clock_skew_ms, 90_000);
    const shown = sourceDetailOut.parse(await get("/sources/plant"));
    assert.deepEqual(
      [shown.options?.["url"], shown.secrets],
      ["mqtt://127.0.0.1:1883", ["password"]],
    );
    const hidden = sourceDetailOut.parse(await get("/sources/plant", "viewer"));
    assert.equal(hidden.options, null);
    assert.deepEqual(
      hidden.tag_errors.map(({ code, count }) => [code, count]),
      [["TS_INVALID", 2]],
    );
    assert.deepEqual(hidden.clock_skews, [{ device_id: "PUMP_01", skew_ms: 90_000 }]);
    assert.equal((await get("/sources/nobody")).code, "NOT_FOUND");
  });

  it("are changed through the service, and each change is in the audit log without what was sent", async () => {
    const audited = plant.audited.length;
    const body = { name: "plant", kind: "mqtt", options: {}, secrets: { password: "never told" } };
    assert.equal((await send("POST", "/sources", body)).statusCode, 201);
    assert.equal((await send("PATCH", "/sources/plant", { options: {} })).statusCode, 200);
    assert.equal((await send("POST", "/sources/plant/stop")).statusCode, 200);
    assert.equal((await send("DELETE", "/sources/plant")).statusCode, 204);
    const entries = plant.audited.slice(audited);
    assert.deepEqual(
      entries.map(({ action, subject }) => [action, subject]),
      [
        ["sources.write", "POST /api/v1/sources"],
        ["sources.write", "PATCH /api/v1/sources/plant"],
        ["sources.write", "POST /api/v1/sources/plant/stop"],
        ["sources.write", "DELETE /api/v1/sources/plant"],
      ],
    );
    assert.ok(!JSON.stringify(entries).includes("never told"));
    assert.deepEqual(
      plant.asked.slice(-4).map(([name]) => name),
      ["sources.create", "sources.patch", "sources.setEnabled", "sources.remove"],
    );
  });

  it("refuse an address with a field too many, and a preview that would last for ever", async () => {
    const long = { kind: "mqtt", duration_ms: 3_600_000 };
    assert.equal((await send("POST", "/sources/preview", long)).statusCode, 422);
    const wrong = { name: "a b", kind: "mqtt" };
    assert.equal((await send("POST", "/sources", wrong)).statusCode, 422);
  });

  it("are not changed by somebody who sees a part of the plant", () => {
    const all: Principal = {
      ...{ id: "u1", name: "eva", role: "engineer", kind: "user" },
      ...{ deviceIds: null, factoryId: null, lineId: null },
    };
    requireWholePlant(all);
    for (const part of [{ factoryId: "F001" }, { lineId: "L1" }, { deviceIds: ["P1"] }])
      assert.throws(() => requireWholePlant({ ...all, ...part }));
  });
});
