import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { languageModelMetrics } from "./language-model-metrics.ts";
import type { ApiServices } from "./services.ts";

/** Text for Prometheus. */
export interface ApiMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** One request was answered. */
  observe(route: string, status: number, seconds: number): void;
}

/**
 * The registry of `/metrics`. Every counter of readings comes from ingest's own counters at the moment of the
 * scrape, so that received = accepted + duplicates + rejected holds in every answer.
 */
export function createMetrics(services: ApiServices): ApiMetrics {
  const registry = new Registry();
  ingestCounters(registry, services);
  agentCounters(registry, services);
  lagGauges(registry, services);
  languageModelMetrics(registry, services.health);
  processGauges(registry, services);
  const requests = new Histogram({
    name: "iai_http_request_seconds",
    help: "Time from a request to its answer",
    labelNames: ["route", "status"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe: (route, status, seconds) =>
      requests.observe({ route, status: `${Math.floor(status / 100)}xx` }, seconds),
  };
}

function ingestCounters(registry: Registry, { ingest, live }: ApiServices): void {
  const total = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const counters = () => ingest.counters();
  total("iai_readings_received_total", "Readings that arrived", () => counters().received);
  total("iai_readings_accepted_total", "Readings that are durable", () => counters().accepted);
  total("iai_readings_duplicates_total", "Readings sent again", () => counters().duplicates);
  total("iai_readings_rejected_total", "Readings refused", () => counters().rejected);
  total("iai_values_degraded_total", "Values kept as bad", () => counters().degraded);
  total(
    "iai_live_events_total",
    "Events offered to those who look",
    () => live.counters().published,
  );
  total("iai_live_drops_total", "Events lost by slow clients", () => live.counters().dropped);
  new Counter({
    name: "iai_refusals_items_total",
    help: "Refused readings and values by code",
    labelNames: ["code"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [code, count] of Object.entries(counters().byCode)) this.inc({ code }, count);
    },
  });
}

/** What became of diagnoses, and what the checker did to their sentences. */
function agentCounters(registry: Registry, { agents }: ApiServices): void {
  const total = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const counters = () => agents.counters();
  new Counter({
    name: "iai_diagnosis_reports_total",
    help: "Reports by who found the cause",
    labelNames: ["source"],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ source: "rules" }, counters().reportsByRules);
      this.inc({ source: "llm" }, counters().reportsByModel);
    },
  });
  total(
    "iai_diagnosis_degraded_total",
    "Reports without all they could have",
    () => counters().degraded,
  );
  total(
    "iai_diagnosis_reviews_total",
    "Reports that a person should review",
    () => counters().forReview,
  );
  total("iai_diagnosis_addenda_total", "Findings that came late", () => counters().addenda);
  total(
    "iai_grounding_numbers_total",
    "Numbers held against evidence",
    () => counters().numbersChecked,
  );
  total("iai_grounding_violations_total", "Sentences struck", () => counters().sentencesStruck);
  total("iai_agent_tool_calls_total", "Calls of read tools", () => counters().toolCalls);
  total(
    "iai_agent_tool_refusals_total",
    "Calls of read tools refused",
    () => counters().toolErrors,
  );
}

function lagGauges(registry: Registry, { health }: ApiServices): void {
  new Gauge({
    name: "iai_station_lag_items",
    help: "Records or items a station is behind",
    labelNames: ["station"],
    registers: [registry],
    async collect() {
      const { lags } = await health.idle();
      this.reset();
      for (const [station, lag] of Object.entries(lags)) this.set({ station }, lag);
    },
  });
  new Gauge({
    name: "iai_storage_free_bytes",
    help: "Free space of the disk a store is on",
    labelNames: ["store"],
    registers: [registry],
    async collect() {
      const stores = await health.storage();
      this.reset();
      for (const { name, freeBytes } of stores) {
        if (freeBytes !== null) this.set({ store: name }, freeBytes);
      }
    },
  });
  new Gauge({
    name: "iai_dependency_up_ratio",
    help: "1: the dependency works",
    labelNames: ["dependency"],
    registers: [registry],
    async collect() {
      const { dependencies } = await health.ready();
      this.reset();
      for (const [dependency, { ok }] of Object.entries(dependencies))
        this.set({ dependency }, ok ? 1 : 0);
    },
  });
  new Gauge({
    name: "iai_storage_used_bytes",
    help: "Size of a store",
    labelNames: ["store"],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { name, bytes } of await health.storage())
        if (bytes !== null) this.set({ store: name }, bytes);
    },
  });
}

function processGauges(registry: Registry, { devices, live }: ApiServices): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge("iai_process_resident_bytes", "Memory of the process", () => process.memoryUsage.rss());
  gauge("iai_process_cpu_seconds", "CPU time used since the start", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge("iai_process_uptime_seconds", "Time since the start", () => process.uptime());
  gauge("iai_devices_count", "Devices in the registry", () => devices.list().length);
  gauge("iai_live_clients_count", "Clients of the live stream", () => live.counters().clients);
}
