import type { ServerResponse } from "node:http";
import type { Device } from "../src/api/types.ts";
import { makeStatus, valuesAt } from "./fixture-data.ts";

export function readings(devices: readonly Device[], url: URL) {
  const of = (name: string): number => Number(url.searchParams.get(name));
  const id = url.searchParams.get("device_id") ?? "";
  const index = devices.findIndex((each) => each.device_id === id);
  const from = Math.max(of("from"), Number(url.searchParams.get("cursor") ?? 0));
  const to = Math.min(of("to"), Date.now());
  // An eight-hour range has 50,000 points: more than one a second would give.
  const step = of("to") - of("from") >= 8 * 3_600_000 ? 576 : 1000;
  const items: unknown[] = [];
  let at = Math.ceil(from / step) * step;
  for (; at < to && items.length < of("limit"); at += step) {
    const { flow = 0, ...values } = valuesAt(index, at);
    items.push({
      device_id: id,
      timestamp: new Date(at).toISOString(),
      ...values,
      metrics: { flow },
    });
  }
  return { items, next_cursor: at < to ? String(at) : null, limit: of("limit") };
}

export function aggregates(devices: readonly Device[], url: URL) {
  const of = (name: string): number => Number(url.searchParams.get(name));
  const id = url.searchParams.get("device_id") ?? "";
  const only = url.searchParams.get("metric");
  const index = devices.findIndex((each) => each.device_id === id);
  const step = of("step_ms") || 60_000;
  const items: unknown[] = [];
  for (
    let at = Math.ceil(of("from") / step) * step;
    at < Math.min(of("to"), Date.now());
    at += step
  ) {
    for (const [metric, avg] of Object.entries(valuesAt(index, at))) {
      if (only !== null && metric !== only) continue;
      items.push({
        device_id: id,
        metric,
        minute: new Date(at).toISOString(),
        count: 60,
        avg,
        min: avg * 0.98,
        max: avg * 1.02,
        last: avg,
        stddev: 0.1,
      });
    }
  }
  return { items, next_cursor: null, limit: 10_000 };
}

/** Live events as the server sends them: states once a second, now and then an alarm. */
export function stream(devices: readonly Device[], response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const emit = (type: string, data: unknown): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const timer = setInterval(() => {
    for (const [i, device] of devices.slice(0, 20).entries()) {
      const { flow = 0, ...values } = valuesAt(i, Date.now());
      emit("reading", {
        device_id: device.device_id,
        timestamp: new Date().toISOString(),
        ...values,
        metrics: { flow },
      });
      emit("state", makeStatus(device, i, Date.now()));
    }
    emit("stats", { readings_per_s: 12, dropped: 0 });
  }, 1000);
  response.on("close", () => clearInterval(timer));
  emit("stats", { readings_per_s: 12, dropped: 0 });
}
