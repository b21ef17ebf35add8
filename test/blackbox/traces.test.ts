import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../fixtures/eventually.ts";
import { call, createKey, type IaiProcess, startIai, untilIdle } from "../fixtures/iai-process.ts";
import { temporaryFolder } from "../fixtures/temporary-folder.ts";
import { openWebhookReceiver, type WebhookReceiver } from "../fixtures/webhook-receiver.ts";

/** A span as OTLP's JSON has it. */
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

const textOf = (attributes: readonly Attribute[], key: string): string | undefined => {
  const value = attributes.find((one) => one.key === key)?.value;
  const found = value?.stringValue ?? value?.intValue;
  return found === undefined ? undefined : String(found);
};

function exportsOf(receiver: WebhookReceiver): readonly Export[] {
  return receiver.posts.map(({ body }) => JSON.parse(body) as Export);
}

function spansOf(receiver: WebhookReceiver): readonly Span[] {
  return exportsOf(receiver).flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
}

const startOf = (span: Span | undefined): bigint => BigInt(span?.startTimeUnixNano ?? 0);
const endOf = (span: Span | undefined): bigint => BigInt(span?.endTimeUnixNano ?? 0);

describe("traces", () => {
  let collector: WebhookReceiver;
  let people: WebhookReceiver;
  let iai: IaiProcess;
  let admin: string;

  before(async () => {
    [collector, people] = [await openWebhookReceiver(), await openWebhookReceiver()];
    const url = `http://127.0.0.1:${collector.port}/v1/traces`;
    const target = `{ kind: webhook, name: chat, url: 'http://127.0.0.1:${people.port}/', allowLoopback: true }`;
    const dataDir = temporaryFolder("traces");
    iai = await startIai({
      dataDir,
      forSuite: true,
      yaml: [
        "log: { level: warn }",
        `tracing: { url: '${url}', exportEveryMs: 100, batchesPerSecond: 3 }`,
        `notify: { targets: [${target}] }`,
        "",
      ].join("\n"),
    });
    admin = createKey(dataDir, "admin");
  });
  after(async () => {
    await iai?.stop();
    await collector?.close();
    await people?.close();
  });

  const send = async (deviceId: string, temperature: number): Promise<number> => {
    const timestamp = Date.now();
    const body = { device_id: deviceId, timestamp, temperature };
    assert.equal((await call(`${iai.apiUrl}/api/v1/readings`, admin, { body })).status, 200);
    return timestamp;
  };
  const alarmOf = async (deviceId: string): Promise<string> => {
    const body = {
      ...{ device_id: deviceId, device_name: deviceId, device_type: "pump" },
      ...{ factory_id: "F1", line_id: "L1", rated_temp_max: 80 },
    };
    assert.equal((await call(`${iai.apiUrl}/api/v1/devices`, admin, { body })).status, 201);
    await send(deviceId, 99);
    await untilIdle(iai.apiUrl, admin);
    const url = `${iai.apiUrl}/api/v1/alerts?device_id=${deviceId}`;
    const { items } = (await call<{ items: { trace_id: string }[] }>(url, admin)).body;
    return items[0]?.trace_id ?? "";
  };
  const traceOf = (traceId: string): readonly Span[] =>
    spansOf(collector).filter((span) => span.traceId === traceId);

  it("have one for an alarm, with its own id, from the reading's batch to the notification", async () => {
    const traceId = await alarmOf("T1");
    const names = (): readonly string[] =>
      traceOf(traceId)
        .map(({ name }) => name)
        .toSorted();
    const all = ["alarm", "alert raised", "detect", "diagnosis", "ingest", "log append"];
    await eventually(
      () => names().includes("notification"),
      () => names(),
    );
    assert.deepEqual(
      [...new Set(names())],
      [...all, "notification", "order"],
      "everything that was done, and nothing else",
    );
    const spans = traceOf(traceId);
    const whole = spans.find(({ name }) => name === "alarm");
    for (const span of spans) {
      assert.equal(textOf(span.attributes, "iai.trace_id"), traceId);
      assert.equal(textOf(span.attributes, "iai.device_id"), "T1");
      if (span === whole) assert.equal(span.parentSpanId ?? "", "");
      else assert.equal(span.parentSpanId, whole?.spanId, span.name);
    }
    const named = (name: string) => spans.find((span) => span.name === name);
    assert.ok(startOf(named("detect")) <= startOf(named("alert raised")));
    assert.ok(endOf(named("log append")) <= endOf(named("alert raised")));
    assert.ok(endOf(named("alert raised")) <= endOf(named("notification")));
    assert.ok(startOf(named("diagnosis")) <= startOf(named("order")));
    assert.equal(textOf(named("notification")?.attributes ?? [], "iai.target"), "chat");
    const [resource] = exportsOf(collector).flatMap(({ resourceSpans }) => resourceSpans);
    assert.equal(textOf(resource?.resource.attributes ?? [], "service.name"), "iai");
  });

  it("have spans of batches, never of readings, and of so many a second at most", async () => {
    const before = spansOf(collector).length;
    const readings = Array.from({ length: 500 }, (_, i) => ({
      ...{ device_id: `M${i % 50}`, timestamp: Date.now() - i, temperature: 20 },
    }));
    const begin = performance.now();
    for (let i = 0; i < 40; i += 1) {
      const body = readings.map((one) => ({ ...one, timestamp: one.timestamp - i * 1_000 }));
      assert.equal((await call(`${iai.apiUrl}/api/v1/readings`, admin, { body })).status, 200);
    }
    const seconds = Math.ceil((performance.now() - begin) / 1_000) + 1;
    await send("M0", 20);
    const batches = (): readonly Span[] =>
      spansOf(collector)
        .slice(before)
        .filter(({ name }) => name === "ingest");
    await eventually(() => batches().length > 0);
    await untilIdle(iai.apiUrl, admin);
    assert.ok(batches().length <= 3 * seconds, `${batches().length} in ${seconds} s`);
    const [batch] = batches();
    assert.equal(textOf(batch?.attributes ?? [], "iai.accepted"), "500");
    await eventually(() =>
      spansOf(collector).some(
        ({ name, parentSpanId }) => name === "log append" && parentSpanId === batch?.spanId,
      ),
    );
  });

  it("tell of a notification that nobody took", async () => {
    people.mood = "busy";
    const sent = send("T2", 20);
    await sent;
    const body = {
      ...{ device_id: "T2", device_name: "T2", device_type: "pump" },
      ...{ factory_id: "F1", line_id: "L1", rated_temp_max: 80 },
    };
    await call(`${iai.apiUrl}/api/v1/devices`, admin, { body });
    await send("T2", 99);
    const failed = (): Span | undefined =>
      spansOf(collector).find(
        ({ name, attributes, status }) =>
          name === "notification" &&
          textOf(attributes, "iai.device_id") === "T2" &&
          status.code === 2,
      );
    await eventually(() => failed() !== undefined);
    people.mood = "take";
  });

  it("are missing while their receiver is away, and nothing else is", async () => {
    await collector.close();
    const traceId = await alarmOf("T3");
    const report = await call(`${iai.apiUrl}/api/v1/alerts/${traceId}/report`, admin);
    assert.equal(report.status, 200);
  });
});
