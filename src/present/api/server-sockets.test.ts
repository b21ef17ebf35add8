import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { noon } from "../../../test/fixtures/record-rows.ts";
import { aReading, aServer, as, simulatePlant } from "../../../test/fixtures/simulated-plant.ts";
import { temporaryFolder } from "../../../test/fixtures/temporary-folder.ts";

const distDir = temporaryFolder("console");
mkdirSync(join(distDir, "assets"));
writeFileSync(join(distDir, "index.html"), '<meta name="csp-nonce" content="__CSP_NONCE__">');
writeFileSync(join(distDir, "assets", "main-abc123.js"), "export {};");

const plant = simulatePlant();
const app = await aServer(plant, { console: { distDir } });
const address = await app.listen({ host: "127.0.0.1", port: 0 });
const port = Number(new URL(address).port);
after(() => app.close());

/** What the server answers to bytes that are no request. */
function answerTo(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = createConnection({ port, host: "127.0.0.1" }, () => socket.write(bytes));
    socket.on("data", (data) => {
      text += String(data);
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("the socket", () => {
  it("answers what is not HTTP as problem+json under the security headers", async () => {
    const answer = await answerTo("HELLO\r\n\r\n");
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /content-security-policy: default-src 'self'/);
    assert.match(answer, /"code":"INVALID_REQUEST"/);
  });

  it("refuses headers beyond 16 KiB", async () => {
    const answer = await answerTo(
      `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${"a".repeat(20_000)}\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 /);
  });

  it("lets a sender of 20 MB see the refusal", async () => {
    const answer = await fetch(`${address}/api/v1/readings`, {
      method: "POST",
      headers: { ...as("ingest"), "content-type": "application/json" },
      body: Buffer.alloc(20 * 1024 * 1024, 32),
    });
    assert.equal(answer.status, 413);
    assert.equal(((await answer.json()) as { code: string }).code, "TOO_LARGE");
  });
});

describe("GET /stream", () => {
  it("pushes what happens as server-sent events until the client leaves", async () => {
    const leave = new AbortController();
    const answer = await fetch(`${address}/api/v1/stream?types=reading&device_id=PUMP_01`, {
      headers: as("viewer"),
      signal: leave.signal,
    });
    assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    const place = { deviceId: "PUMP_01", factoryId: "F001", lineId: "L003" };
    const reading = aReading(noon, { temperature: 45.5, flow: 32 });
    plant.services.live.publish({ ...place, type: "reading", reading });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array);
      if (text.includes("data:")) break;
    }
    assert.match(text, /id: 1\nevent: reading\ndata: \{"device_id":"PUMP_01",.*"flow":32\}/);
    leave.abort();
    while (plant.services.live.counters().clients > 0) await new Promise(setImmediate);
  });

  it("ends when the right to see it is taken away", async () => {
    let allowed = true;
    const other = simulatePlant();
    const { access } = other.services;
    const server = await aServer({
      ...other,
      services: {
        ...other.services,
        access: {
          ...access,
          authenticate: async (given) => (allowed ? access.authenticate(given) : null),
        },
      },
    });
    const url = await server.listen({ host: "127.0.0.1", port: 0 });
    const answer = await fetch(`${url}/api/v1/stream`, { headers: as("viewer") });
    const all = answer.text();
    await other.clock.advance(5_000);
    allowed = false;
    await other.clock.advance(5_000);
    const text = await all;
    assert.match(text, /event: stats/);
    await server.close();
  });
});

describe("the console", () => {
  it("gets a page with a nonce of its own at every address that is not a file", async () => {
    const first = await fetch(`${address}/alarms/T1`);
    const page = await first.text();
    const nonce = /content="([^"]+)"/.exec(page)?.[1] ?? "";
    const policy = first.headers.get("content-security-policy") ?? "";
    assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), policy);
    assert.doesNotMatch(policy, /unsafe/);
    const second = await (await fetch(`${address}/`)).text();
    assert.notEqual(page, second);
  });

  it("keeps hashed files for ever, and nothing outside its folder is served", async () => {
    const file = await fetch(`${address}/assets/main-abc123.js`);
    assert.equal(file.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.match(file.headers.get("content-type") ?? "", /javascript/);
    for (const path of ["/assets/none.js", "/..%2f..%2fetc/passwd", "/api/v1/nowhere", "/.env"]) {
      const answer = await answerTo(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 404 /, path);
    }
  });
});
