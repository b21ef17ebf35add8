import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { aServer, as, simulatePlant, testOptions } from "../../../test/fixtures/simulated-plant.ts";
import { IaiError } from "../../kernel/errors.ts";
import { roles } from "../../model/access.ts";
import { problemOut } from "../../wire/problem.ts";
import { mayDo } from "../access/role-matrix.ts";
import { sessionCookie } from "./routes/session.ts";
import { apiRoutes } from "./routes.ts";

const json = { "content-type": "application/json" };

function routesOf(plant: ReturnType<typeof simulatePlant>) {
  return apiRoutes(plant.services, {
    cookie: sessionCookie(false),
    identify: async () => null,
    rateLimit: { admit: () => undefined, charge: () => undefined },
  });
}

/** A path with something in each of its places. */
function pathOf(path: string): string {
  return `/api/v1${path.replace(/:[a-z_]+/g, "none")}`;
}

describe("every route", () => {
  it("is refused to nobody and to every role that its action does not name", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    for (const route of routesOf(plant)) {
      if (route.action === null) continue;
      const request = { method: route.method, url: pathOf(route.path) };
      const without = await app.inject(request);
      assert.equal(without.statusCode, 401, `${route.method} ${route.path} without a key`);
      for (const role of roles) {
        if (route.path === "/stream" && mayDo(role, route.action)) continue;
        const { statusCode } = await app.inject({ ...request, headers: as(role) });
        const refused = statusCode === 403;
        assert.equal(refused, !mayDo(role, route.action), `${role}: ${route.method} ${route.path}`);
      }
    }
    await app.close();
  });

  it("answers a failure as problem+json with a code, without a stack, under the security headers", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    for (const route of routesOf(plant)) {
      if (route.path === "/stream") continue;
      const answer = await app.inject({ method: route.method, url: pathOf(route.path) });
      assert.match(String(answer.headers["content-security-policy"]), /script-src 'self';/);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      if (answer.statusCode < 400) continue;
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
      problemOut.parse(answer.json());
      assert.doesNotMatch(answer.body, /\.ts:\d/);
    }
    await app.close();
  });

  it("is in the OpenAPI document with its roles", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    const document = (await app.inject({ url: "/openapi.json" })).json() as {
      openapi: string;
      paths: Record<string, Record<string, { "x-iai-roles"?: string[] }>>;
    };
    assert.equal(document.openapi, "3.1.0");
    for (const route of routesOf(plant)) {
      const path = `/api/v1${route.path.replace(/:([a-z_]+)/g, "{$1}")}`;
      assert.ok(document.paths[path]?.[route.method.toLowerCase()], path);
    }
    await app.close();
  });
});

describe("the server", () => {
  it("says what there is not: no such address, no such method", async () => {
    const app = await aServer(simulatePlant());
    const nowhere = await app.inject({ url: "/api/v1/nowhere", headers: as("admin") });
    assert.equal(nowhere.statusCode, 404);
    assert.equal(nowhere.json().code, "ROUTE_NOT_FOUND");
    const method = await app.inject({ method: "DELETE", url: "/api/v1/readings" });
    assert.equal(method.statusCode, 405);
    assert.equal(method.headers.allow, "POST, GET");
    await app.close();
  });

  it("keeps what went wrong inside to itself", async () => {
    const plant = simulatePlant();
    const app = await aServer({
      ...plant,
      services: { ...plant.services, view: () => Promise.reject(new Error("secret path /x")) },
    });
    const answer = await app.inject({
      url: "/api/v1/devices/PUMP_01/status",
      headers: as("viewer"),
    });
    assert.equal(answer.statusCode, 500);
    assert.equal(answer.json().code, "INTERNAL");
    assert.doesNotMatch(answer.body, /secret/);
    await app.close();
  });

  it("answers neither another host's name nor a change asked for by another site", async () => {
    const app = await aServer(simulatePlant());
    const login = {
      method: "POST",
      url: "/api/v1/login",
      payload: { name: "a", password: "b" },
    } as const;
    const cases = [
      [{ host: "evil.example" }, 403],
      [{ host: "iai.example:8000" }, 200],
      [{ host: "[::1]:8000" }, 200],
      [{ host: "127.0.0.1:8000", origin: "http://evil.example" }, 403],
      [{ host: "127.0.0.1:8000", origin: "http://127.0.0.1:8000" }, 200],
      [{ host: "127.0.0.1:8000", origin: "null" }, 403],
      [{ host: "127.0.0.1:8000", cookie: "iai_session=x" }, 403],
    ] as const;
    for (const [headers, status] of cases) {
      const answer = await app.inject({ ...login, headers: { ...json, ...headers } });
      assert.equal(answer.statusCode, status, JSON.stringify(headers));
      if (status === 403) assert.equal(answer.json().code, "ORIGIN_REFUSED");
    }
    await app.close();
  });

  it("gives the session in a cookie that no script can read", async () => {
    const app = await aServer(simulatePlant());
    const payload = { name: "ann", password: "long enough" };
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/login",
      headers: json,
      payload,
    });
    assert.equal(answer.json().access_token, "access");
    const cookie = String(answer.headers["set-cookie"]);
    assert.match(
      cookie,
      /^iai_session=refresh; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    await app.close();
  });

  it("lets a scope see nothing of another line, and says so as if it did not exist", async () => {
    const app = await aServer(simulatePlant());
    const headers = { authorization: "Bearer line" };
    const list = await app.inject({ url: "/api/v1/devices", headers });
    assert.deepEqual(list.json().items, []);
    const one = await app.inject({ url: "/api/v1/devices/PUMP_01", headers });
    assert.equal(one.statusCode, 404);
    await app.close();
  });

  it("writes every change and every refused change into the audit log", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    const url = "/api/v1/devices/PUMP_01/mode";
    const payload = { mode: "STOPPED" };
    await app.inject({ method: "POST", url, headers: { ...json, ...as("viewer") }, payload });
    await app.inject({ method: "POST", url, headers: { ...json, ...as("operator") }, payload });
    const seen = plant.audited.map(({ actor, action, result }) => [actor, action, result]);
    assert.deepEqual(seen, [
      ["viewer", "devices.mode", "refused"],
      ["operator", "devices.mode", "ok"],
    ]);
    await app.close();
  });

  it("shows health and metrics without a key on this machine only", async () => {
    const app = await aServer(simulatePlant());
    for (const url of ["/healthz", "/readyz", "/metrics"]) {
      assert.equal((await app.inject({ url })).statusCode, 200, url);
      const far = await app.inject({ url, remoteAddress: "192.0.2.7" });
      assert.equal(far.statusCode, url === "/healthz" ? 200 : 401, url);
    }
    await app.close();
  });
});

describe("POST /readings", () => {
  const url = "/api/v1/readings";
  const headers = { ...json, ...as("ingest") };

  it("hands bytes to ingest as they came, unzipped", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    const payload = Buffer.from('{"device_id":"P"}');
    await app.inject({ method: "POST", url, headers, payload });
    const zipped = {
      ...headers,
      "content-type": "application/x-ndjson",
      "content-encoding": "gzip",
    };
    await app.inject({ method: "POST", url, headers: zipped, payload: gzipSync(payload) });
    assert.deepEqual(plant.asked, [
      ["ingest", "json", 17, null],
      ["ingest", "ndjson", 17, null],
    ]);
    await app.close();
  });

  it("answers 422 with the items when all are refused, 200 when some are", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    const rejected = [{ index: 0, code: "TS_INVALID", field: "timestamp", detail: "no such day" }];
    plant.nextAnswer = { accepted: 0, duplicates: 0, rejected, degraded: [] };
    const none = await app.inject({ method: "POST", url, headers, payload: "{}" });
    assert.equal(none.statusCode, 422);
    assert.equal(none.json().code, "ALL_REJECTED");
    assert.deepEqual(none.json().rejected, rejected);
    plant.nextAnswer = { accepted: 1, duplicates: 0, rejected, degraded: [] };
    const some = await app.inject({ method: "POST", url, headers, payload: "{}" });
    assert.equal(some.statusCode, 200);
    const text = (await app.inject({ url: "/metrics" })).body;
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1]);
    const sum = ["accepted", "duplicates", "rejected"]
      .map((part) => value(`iai_readings_${part}_total`))
      .reduce((a, b) => a + b);
    assert.equal(value("iai_readings_received_total"), sum);
    assert.equal(sum, 3);
    await app.close();
  });

  it("says when to come again while the log is full", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    plant.nextAnswer = new IaiError("LOG_FULL", "Cannot accept: full, nothing was accepted", {
      data: { retryAfterMs: 2_500 },
    });
    const answer = await app.inject({ method: "POST", url, headers, payload: "{}" });
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.headers["retry-after"], "3");
    assert.equal(answer.json().retry, true);
    await app.close();
  });

  it("refuses a gzip bomb, 20 MB and unknown forms without handing anything on", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant);
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    const cases = [
      [{ "content-encoding": "gzip" }, bomb, 413, "TOO_LARGE"],
      [{}, Buffer.alloc(20 * 1024 * 1024, 32), 413, "TOO_LARGE"],
      [{ "content-encoding": "br" }, Buffer.from("{}"), 415, "ENCODING_UNSUPPORTED"],
      [{ "content-encoding": "gzip" }, Buffer.from("{}"), 400, "JSON_INVALID"],
      [{ "content-type": "text/plain" }, Buffer.from("{}"), 415, "MEDIA_TYPE_UNSUPPORTED"],
    ] as const;
    for (const [more, payload, status, code] of cases) {
      const request = { method: "POST", url, headers: { ...headers, ...more }, payload } as const;
      const answer = await app.inject(request);
      assert.deepEqual([answer.statusCode, answer.json().code], [status, code]);
    }
    assert.deepEqual(plant.asked, []);
    await app.close();
  });

  it("refuses a key that sends more than its share, until time has passed", async () => {
    const plant = simulatePlant();
    const app = await aServer(plant, { ...testOptions, readingsPerSecond: 10 });
    plant.nextAnswer = { accepted: 20, duplicates: 0, rejected: [], degraded: [] };
    const send = () => app.inject({ method: "POST", url, headers, payload: "{}" });
    assert.equal((await send()).statusCode, 200);
    const refused = await send();
    assert.equal(refused.statusCode, 429);
    assert.ok(Number(refused.headers["retry-after"]) >= 1);
    await plant.clock.advance(2_000);
    assert.equal((await send()).statusCode, 200);
    await app.close();
  });
});
