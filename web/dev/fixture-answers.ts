import type { ServerResponse } from "node:http";
import { makeAlert } from "./fixture-alarms.ts";
import { makeDevices, makeStatus } from "./fixture-data.ts";
import { makeForecast, makeReliability } from "./fixture-forecasts.ts";
import { otherAnswers } from "./fixture-other.ts";
import { makeOrder, makeReport } from "./fixture-reports.ts";
import { aggregates, readings, stream } from "./fixture-telemetry.ts";

export type FixtureMode = "demo" | "empty" | "many" | "error" | "forbidden" | "signed-out";

export interface FixtureRequest {
  readonly mode: FixtureMode;
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

const counts = {
  demo: 12,
  empty: 0,
  many: 10_000,
  error: 12,
  forbidden: 12,
  "signed-out": 12,
} as const;
let plant: ReturnType<typeof makePlant> | null = null;

function makePlant(mode: FixtureMode) {
  const devices = makeDevices(counts[mode]);
  const on = [0, 4, 6, 8, 3, 0, 2];
  const many = mode === "many" ? 400 : 7;
  const alerts =
    devices.length === 0
      ? []
      : Array.from({ length: many }, (_, i) =>
          makeAlert(
            i,
            devices[(on[i % 7] ?? 0) + Math.floor(i / 7) * 25] ??
              devices[0] ??
              (makeDevices(1)[0] as never),
          ),
        );
  const orders = alerts.slice(0, 7).map((alert, i) => makeOrder(i, alert));
  return { devices, alerts, orders };
}

const page = (items: readonly unknown[]) => ({ items, next_cursor: null, limit: 10_000 });
const user = {
  id: "u1",
  name: "chen.yu",
  role: "admin",
  kind: "user",
  device_ids: null,
  factory_id: null,
  line_id: null,
};
const session = () => ({
  access_token: "fixture",
  token_type: "Bearer",
  expires_at: new Date(Date.now() + 900_000).toISOString(),
  user,
});

/** Writes the answer of one request. */
export function answerOf(request: FixtureRequest, response: ServerResponse): unknown {
  const { mode, url } = request;
  plant ??= makePlant(mode);
  const path = url.pathname.replace("/api/v1", "");
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, {
      "content-type": status < 400 ? "application/json" : "application/problem+json",
    });
    response.end(JSON.stringify(body));
  };
  if (path === "/stream") return stream(plant.devices, response);
  if (path === "/setup" && request.method === "GET")
    return send(200, { needed: mode === "signed-out" });
  if (path === "/refresh" && mode === "signed-out")
    return send(401, { code: "UNAUTHENTICATED", title: "No valid key or session", detail: "" });
  if (["/login", "/refresh", "/setup"].includes(path)) return send(200, session());
  if (mode === "error" && path !== "/summary") {
    return send(503, {
      code: "TELEMETRY_UNREACHABLE",
      title: "The telemetry store does not answer",
      detail: "Cannot read: no answer in 2000 ms; accepted readings are kept in the log",
      trace_id: "req-77",
      remedy: "Check it; accepted readings are kept in the log.",
    });
  }
  if (mode === "forbidden" && path !== "/summary") {
    return send(403, {
      code: "FORBIDDEN",
      title: "Your role may not do this",
      detail: "Cannot read: role viewer may not; engineer, admin may",
      trace_id: "req-78",
    });
  }
  const found = plantAnswer(path, url, request) ?? otherAnswers(path, mode, request.body);
  if (found === undefined)
    return send(404, { code: "NOT_FOUND", title: "There is no such thing", detail: path });
  return send(200, found);
}

function plantAnswer(path: string, url: URL, request: FixtureRequest): unknown {
  const { devices, alerts, orders } = plant ?? makePlant("demo");
  const of = (name: string): string | null => url.searchParams.get(name);
  const device = of("device_id");
  const one = /^\/(devices|alerts|work-orders)\/([^/]+)(?:\/(.+))?$/.exec(path);
  if (path === "/summary") return summary();
  if (path === "/devices") return page(devices);
  if (path === "/devices/status")
    return page(devices.map((each, i) => makeStatus(each, i, Date.now())));
  if (path === "/alerts") {
    const open = of("state") !== null;
    return page(
      alerts.filter(
        (each) =>
          (device === null || each.device_id === device) && (!open || each.state !== "NORMAL"),
      ),
    );
  }
  if (path === "/work-orders")
    return page(orders.filter((each) => device === null || each.device_id === device));
  if (path === "/forecasts/reliability") return makeReliability(of("device_type") ?? "pump");
  if (path === "/readings") return readings(devices, url);
  if (path === "/aggregates") return aggregates(devices, url);
  if (one === null) return undefined;
  const [, kind, id = "", rest = ""] = one;
  if (kind === "alerts") return alertAnswer(id, rest, request);
  if (kind === "work-orders") return orderAnswer(id, rest);
  return deviceAnswer(id, rest);
}

function summary() {
  const { devices, alerts, orders } = plant ?? makePlant("demo");
  const count = (severity: string): number =>
    alerts.filter((each) => each.active && each.severity === severity).length;
  return {
    active: { P0: count("P0"), P1: count("P1"), P2: count("P2"), P3: count("P3") },
    unacknowledged: alerts.filter((each) => !each.acknowledged).length,
    shelved: alerts.length === 0 ? 0 : 1,
    suppressed: 0,
    out_of_service: 0,
    orders: {
      proposed: orders.filter((each) => each.status === "PROPOSED").length,
      open: orders.filter((each) => each.status === "OPEN").length,
    },
    devices: devices.length,
    unprotected_devices: 1,
    deviating_devices: 2,
    newest_reading_at: devices.length === 0 ? null : new Date(Date.now() - 700).toISOString(),
  };
}

function alertAnswer(id: string, rest: string, request: FixtureRequest): unknown {
  const alert = plant?.alerts.find((each) => each.trace_id === id);
  if (alert === undefined) return undefined;
  const at = (s: number): string => new Date(Date.parse(alert.opened_at) + s * 1000).toISOString();
  if (rest === "report") return alert.status === "COMPLETED" ? makeReport(alert) : undefined;
  if (rest === "history") {
    return page([
      {
        history_id: "h1",
        at: at(0),
        actor: "alert builder",
        action: "raised",
        reason: null,
        detail: {},
      },
      {
        history_id: "h2",
        at: at(1),
        actor: "diagnosis",
        action: "diagnosed",
        reason: null,
        detail: {},
      },
      {
        history_id: "h3",
        at: at(40),
        actor: "zhang.min",
        action: "assign",
        reason: "on site",
        detail: {},
      },
    ]);
  }
  if (rest === "comments")
    return page([
      {
        comment_id: "c1",
        at: at(70),
        actor: "zhang.min",
        text: "Audible rumble at the drive end. 驱动端有异响。",
      },
    ]);
  if (rest === "acknowledge")
    Object.assign(alert, { acknowledged: true, state: "ACK_ACTIVE", acknowledged_by: "chen.yu" });
  void request;
  return alert;
}

function orderAnswer(id: string, rest: string): unknown {
  const order = plant?.orders.find((each) => each.order_no === id);
  if (rest === "history" || rest === "comments") return page([]);
  if (id === "statistics") {
    return {
      closed: 14,
      by_detector: [
        { name: "limit", right: 6, wrong: 1, unclear: 0, precision: 0.857 },
        { name: "deviation", right: 5, wrong: 2, unclear: 1, precision: 0.714 },
      ],
      by_rule: [{ name: "rule_hot", right: 3, wrong: 0, unclear: 0, precision: 1 }],
      causes: [
        { cause: "imbalance", count: 5 },
        { cause: "bearing", count: 4 },
        { cause: "blockage", count: 2 },
      ],
      cause_agreement: 0.71,
    };
  }
  const next: Readonly<Record<string, string>> = {
    approve: "OPEN",
    start: "IN_PROGRESS",
    hold: "ON_HOLD",
    cancel: "CANCELLED",
    complete: "COMPLETED",
  };
  if (order !== undefined && next[rest] !== undefined) {
    Object.assign(order, { status: next[rest] });
    if (rest === "complete")
      Object.assign(order, {
        verdict: { alarm: "right", cause: "imbalance", fix: "repair", note: "" },
        rebaseline_offered: true,
      });
  }
  return order;
}

function deviceAnswer(id: string, rest: string): unknown {
  const index = plant?.devices.findIndex((each) => each.device_id === id) ?? -1;
  const device = plant?.devices[index];
  if (device === undefined) return undefined;
  const status = makeStatus(device, index, Date.now());
  if (rest === "") return device;
  if (rest === "status") return status;
  if (rest === "baseline") {
    const level = (mean: number, sd: number, unit: string) => ({
      mean,
      sd,
      unit,
      reference_mean: mean * 0.98,
    });
    return {
      device_id: id,
      phase: status.baseline,
      learned_rows: status.learned_rows,
      learn_rows: 400,
      metrics: {
        vibration: level(0.222, 0.006, "g"),
        temperature: level(45.2, 0.4, "°C"),
        pressure: level(0.21, 0.004, "MPa"),
        current: level(15.8, 0.15, "A"),
        flow: level(32.1, 0.5, "L/min"),
      },
    };
  }
  if (rest === "forecast") return makeForecast(id, (status.health?.takes.length ?? 0) > 0);
  if (rest === "history") return page([]);
  return { device_id: id, done: true };
}
