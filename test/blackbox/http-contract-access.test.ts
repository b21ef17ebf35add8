import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Role } from "../../src/model/access.ts";
import { hot, Machine } from "../fixtures/http-machine.ts";
import { type HttpPlant, type Json, openHttpPlant, type Page } from "../fixtures/http-plant.ts";
import { call, runIai, until } from "../fixtures/iai-process.ts";

let plant: HttpPlant;

before(async () => {
  plant = await openHttpPlant("access-contract", {
    environment: { IAI_CONSOLE_ENABLED: "true" },
  });
});
after(() => plant?.stop());

describe("who may do what", () => {
  it("is decided per route and role, and nobody comes in without a key", async () => {
    await new Machine(plant, "K1").register();
    const routes: readonly (readonly [string, string, unknown, readonly Role[]])[] = [
      ["GET", "/readings?device_id=K1", undefined, ["viewer", "operator", "engineer", "admin"]],
      ["GET", "/alerts", undefined, ["viewer", "operator", "engineer", "admin"]],
      ["POST", "/readings", [], ["ingest", "engineer", "admin"]],
      ["POST", "/devices/K1/mode", { mode: "RUNNING" }, ["operator", "engineer", "admin"]],
      ["PATCH", "/devices/K1", { location: "x" }, ["engineer", "admin"]],
      ["POST", "/devices/K1/rebaseline", {}, ["engineer", "admin"]],
      ["GET", "/audit", undefined, ["admin"]],
      ["GET", "/users", undefined, ["admin"]],
      ["GET", "/keys", undefined, ["admin"]],
      ["GET", "/system/idle", undefined, ["viewer", "operator", "engineer", "admin", "ingest"]],
    ];
    for (const [method, path, body, allowed] of routes) {
      for (const role of ["viewer", "operator", "engineer", "admin", "ingest"] as const) {
        const { status, body: problem } = await plant.send(method, path, body, { role });
        assert.equal(status, allowed.includes(role) ? 200 : 403, `${method} ${path} as ${role}`);
        if (status === 403) assert.equal(problem["code"], "FORBIDDEN");
      }
      const url = `${plant.iai.apiUrl}/api/v1${path}`;
      const nobody = await call<Json>(url, "iai_wrong", {
        method,
        ...(body === undefined ? {} : { body }),
      });
      assert.equal(nobody.status, 401);
      assert.equal(nobody.body["code"], "UNAUTHENTICATED");
    }
  });

  it("lets holders of operator's rights and more, never a sender, switch a machine to a mode that suppresses", async () => {
    for (const mode of ["MAINTENANCE", "RETIRED", "STOPPED", "RUNNING"]) {
      const body = { mode, reason: "planned" };
      assert.equal(
        (await plant.send("POST", "/devices/K1/mode", body, { role: "ingest" })).status,
        403,
      );
      const done = await plant.send("POST", "/devices/K1/mode", body, { role: "operator" });
      assert.deepEqual([done.status, done.body["mode"], done.body["status"]], [200, mode, mode]);
    }
    const wrong = await plant.send("POST", "/devices/K1/mode", { mode: "ASLEEP" });
    assert.equal(wrong.status, 422);
    await plant.send("POST", "/devices/K1/mode", { mode: "MAINTENANCE" });
    await plant.settle(new Machine(plant, "K1").reads(5, hot));
    assert.equal((await new Machine(plant, "K1").alarm())["suppressed"], true);
    assert.ok(Number((await plant.read("/summary"))["suppressed"]) >= 1);
    await plant.send("POST", "/devices/K1/mode", { mode: "RUNNING" });
    await plant.idle();
    assert.equal((await new Machine(plant, "K1").alarm())["suppressed"], false);
  });

  it("refuses names that every object answers to", async () => {
    for (const name of ["constructor", "__proto__", "toString"]) {
      const text = `{"metrics":{"${name}":{"unit":"1"}}}`;
      assert.ok((await plant.send("PATCH", "/devices/K1", text)).status >= 400, name);
    }
  });
});

describe("keys and users", () => {
  it("makes a key that is shown once, counts at the next request and is revoked within 5 s", async () => {
    const args = ["--json", "--data-dir", plant.iai.dataDir];
    const made = runIai(["key", "create", "--name", "cli", "--role", "viewer", ...args]);
    const { id, key, role } = JSON.parse(made.stdout) as { id: string; key: string; role: string };
    assert.equal(role, "viewer");
    const url = `${plant.iai.apiUrl}/api/v1/alerts`;
    assert.equal((await call(url, key)).status, 200);
    const { items } = await plant.read<Page>("/keys");
    assert.ok(items.some((item) => item["id"] === id));
    assert.ok(!JSON.stringify(items).includes(key));
    assert.equal(runIai(["key", "revoke", id, "--data-dir", plant.iai.dataDir]).status, 0);
    await until(
      async () => (await call(url, key)).status,
      (status) => status === 401,
      5_000,
    );
  });

  it("binds an ingest key to its devices", async () => {
    const body = { name: "bound", role: "ingest", device_ids: ["K2"] };
    const { key } = (await plant.send<{ key: string }>("POST", "/keys", body)).body;
    const url = `${plant.iai.apiUrl}/api/v1/readings`;
    const now = Date.now();
    const other = { device_id: "K3", timestamp: now, temperature: 1 };
    const answer = await call<Json>(url, key, { body: [{ ...other, device_id: "K2" }, other] });
    assert.equal(answer.body["accepted"], 1);
    assert.equal((answer.body["rejected"] as Json[])[0]?.["code"], "FORBIDDEN");
  });

  it("adds users who sign in for a token of at most 15 minutes", async () => {
    const user = { name: "li", role: "operator", password: "nine rusty gears turn" };
    assert.equal((await plant.send("POST", "/users", user)).status, 201);
    assert.equal((await plant.send("POST", "/users", user)).status, 409);
    assert.ok(
      (await plant.send("POST", "/users", { ...user, name: "wu", password: "123" })).status >= 400,
    );
    const { name, password } = user;
    const session = await call<Json>(`${plant.iai.apiUrl}/api/v1/login`, "", {
      body: { name, password },
    });
    assert.equal(session.status, 200);
    assert.ok(Date.parse(String(session.body["expires_at"])) <= Date.now() + 900_000);
    const token = String(session.body["access_token"]);
    assert.equal((await call(`${plant.iai.apiUrl}/api/v1/alerts`, token)).status, 200);
    assert.equal((await call(`${plant.iai.apiUrl}/api/v1/users`, token)).status, 403);
    const wrong = await call(`${plant.iai.apiUrl}/api/v1/login`, "", {
      body: { name, password: "wrong" },
    });
    assert.equal(wrong.status, 401);
    assert.ok(!JSON.stringify(await plant.read("/users")).includes("scrypt"));
  });

  it("writes every change and every refusal into a chain that can be verified", async () => {
    await plant.send("PATCH", "/devices/K1", { location: "Hall 1" }, { role: "engineer" });
    const { items } = await plant.read<Page>("/audit?limit=1000");
    assert.ok(items.some((row) => row["actor"] === "engineer" && row["result"] === "ok"));
    assert.ok(items.some((row) => row["actor"] === "viewer" && row["result"] === "refused"));
    for (const [i, row] of items.slice(0, -1).entries())
      assert.equal(row["previous_hash"], items[i + 1]?.["hash"]);
    assert.equal(runIai(["verify-audit", "--data-dir", plant.iai.dataDir]).status, 0);
  });
});

describe("the other doors", () => {
  it("streams readings, states, alarms, reports and orders as server-sent events", async () => {
    const pump = await new Machine(plant, "L1").register();
    const ended = new AbortController();
    const stream = await fetch(`${plant.iai.apiUrl}/api/v1/stream?device_id=L1`, {
      headers: { authorization: `Bearer ${plant.keys.viewer}` },
      signal: ended.signal,
    });
    assert.equal(stream.status, 200);
    assert.match(stream.headers.get("content-type") ?? "", /^text\/event-stream/);
    await plant.settle(pump.reads(5, hot));
    const wanted = new Set(["reading", "state", "alert", "report", "order"]);
    let alert: Json = {};
    let text = "";
    for await (const bytes of stream.body ?? []) {
      text += Buffer.from(bytes).toString("utf8");
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const type = /^event: (.+)$/m.exec(event)?.[1] ?? "";
        wanted.delete(type);
        if (type === "alert") alert = JSON.parse(/^data: (.+)$/m.exec(event)?.[1] ?? "{}") as Json;
      }
      if (wanted.size === 0) break;
    }
    ended.abort();
    assert.deepEqual(
      [alert["device_id"], alert["condition"], alert["severity"]],
      ["L1", "over_temp", "P0"],
    );
    for (const field of ["trace_id", "timestamp", "seq", "values"])
      assert.ok(field in alert, field);
  });

  it("answers the same API on the console's port, beside the console", async () => {
    const { consoleUrl } = plant.iai;
    const api = await call<Page>(`${consoleUrl}/api/v1/alerts?limit=3`, plant.keys.viewer);
    assert.equal(api.status, 200);
    assert.equal(api.body.limit, 3);
    assert.equal((await call(`${consoleUrl}/api/v1/alerts`, "")).status, 401);
    const page = await fetch(consoleUrl);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.ok(
      !/unsafe-inline/.test(page.headers.get("content-security-policy") ?? "unsafe-inline"),
    );
    assert.equal((await fetch(`${consoleUrl}/healthz`)).status, 200);
  });

  it("refuses a change that a page of another site asks for", async () => {
    const options = { headers: { origin: "https://elsewhere.example" } };
    const answer = await plant.send("PATCH", "/devices/K1", { location: "y" }, options);
    assert.equal(answer.status, 403);
  });
});
