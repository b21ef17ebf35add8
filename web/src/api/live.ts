import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { request } from "./client.ts";
import { keys } from "./keys.ts";
import { createEventParser } from "./sse.ts";
import type {
  AgentStep,
  Alert,
  DeviceStatus,
  LiveEvent,
  Page,
  Reading,
  Report,
  WorkOrder,
} from "./types.ts";

type LiveStep = Extract<LiveEvent, { readonly type: "step" }>["data"];

/** Does the stream run? `since` is when this last changed. */
export interface LiveState {
  readonly connected: boolean;
  readonly readingsPerS: number | null;
}

let live: LiveState = { connected: false, readingsPerS: null };
const watchers = new Set<() => void>();
const readingListeners = new Map<string, Set<(reading: Reading) => void>>();

function setLive(change: Partial<LiveState>): void {
  live = { ...live, ...change };
  for (const each of watchers) each();
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    () => live,
  );
}

/** Hands every live reading of one device to `listener` until the returned function is called. */
export function onReading(deviceId: string, listener: (reading: Reading) => void): () => void {
  const set = readingListeners.get(deviceId) ?? new Set();
  readingListeners.set(deviceId, set.add(listener));
  return () => {
    set.delete(listener);
    if (set.size === 0) readingListeners.delete(deviceId);
  };
}

/** Feeds the one query client from the stream until `signal` aborts; reconnects with growing pauses. */
export async function runLive(client: QueryClient, signal: AbortSignal): Promise<void> {
  let pauseMs = 1_000;
  while (!signal.aborted) {
    try {
      await readStream(client, signal, () => {
        pauseMs = 1_000;
      });
    } catch {
      // The pause below is the answer to every failure; the top strip shows that live data is away.
    }
    if (signal.aborted) return;
    setLive({ connected: false, readingsPerS: null });
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, 15_000);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function readStream(
  client: QueryClient,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  const answer = await request("GET", "/stream", undefined, {
    signal,
    accept: "text/event-stream",
  });
  if (answer.body === null) return;
  onOpen();
  setLive({ connected: true });
  // What was missed while away is fetched once.
  void client.invalidateQueries({ refetchType: "active" });
  const apply = createApplier(client);
  const parser = createEventParser();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const event of parser.feed(value)) {
      const parsed = parse(event.type, event.data);
      if (parsed !== null) apply(parsed);
    }
  }
}

function parse(type: string, data: string): LiveEvent | null {
  try {
    return { type, data: JSON.parse(data) as unknown } as LiveEvent;
  } catch {
    return null;
  }
}

/** Applies events to the cache; what comes in bursts is applied together, four times a second. */
function createApplier(client: QueryClient): (event: LiveEvent) => void {
  const states = new Map<string, Partial<DeviceStatus> & { device_id: string }>();
  const stale = new Set<string>();
  let waiting = false;
  const flush = (): void => {
    waiting = false;
    applyStates(client, states);
    states.clear();
    for (const name of stale) void client.invalidateQueries({ queryKey: [name] });
    stale.clear();
  };
  return (event) => {
    switch (event.type) {
      case "reading":
        for (const each of readingListeners.get(event.data.device_id) ?? []) each(event.data);
        return;
      case "state":
        states.set(event.data.device_id, event.data);
        break;
      case "alert":
        applyAlert(client, event.data);
        for (const name of ["alerts", "summary", "anomalies", "statuses"] as const) stale.add(name);
        break;
      case "order":
        client.setQueryData<WorkOrder>(keys.order(event.data.order_no), event.data);
        for (const name of ["orders", "summary", "alerts"] as const) stale.add(name);
        break;
      case "report":
        client.setQueryData<Report>(keys.report(event.data.trace_id), event.data);
        stale.add("alerts");
        break;
      case "step":
        applyStep(client, event.data);
        return;
      case "device":
        for (const name of ["devices", "statuses", "summary"] as const) stale.add(name);
        break;
      case "stats":
        setLive({ readingsPerS: event.data.readings_per_s });
        return;
    }
    if (waiting) return;
    waiting = true;
    setTimeout(flush, 250);
  };
}

function applyStates(
  client: QueryClient,
  states: ReadonlyMap<string, Partial<DeviceStatus> & { device_id: string }>,
): void {
  if (states.size === 0) return;
  client.setQueriesData<Page<DeviceStatus>>({ queryKey: keys.statuses() }, (page) =>
    page === undefined
      ? page
      : {
          ...page,
          items: page.items.map((item) => {
            const state = states.get(item.device_id);
            return state === undefined ? item : { ...item, ...state };
          }),
        },
  );
  for (const [deviceId, state] of states) {
    client.setQueryData<DeviceStatus>(keys.status(deviceId), (status) =>
      status === undefined ? status : { ...status, ...state },
    );
  }
}

/** A diagnosis that begins again begins with step 1; what the stream repeats is there already. */
function applyStep(client: QueryClient, { trace_id, ...step }: LiveStep): void {
  client.setQueryData<readonly AgentStep[]>(keys.steps(trace_id), (steps = []) =>
    step.number === 1 ? [step] : [...steps.filter(({ number }) => number < step.number), step],
  );
}

function applyAlert(client: QueryClient, alert: Alert): void {
  client.setQueryData<Alert>(keys.alert(alert.trace_id), alert);
  void client.invalidateQueries({ queryKey: keys.alertHistory(alert.trace_id) });
  void client.invalidateQueries({ queryKey: keys.status(alert.device_id) });
}
