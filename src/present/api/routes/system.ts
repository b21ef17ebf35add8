import { standardUnits } from "../../../model/units.ts";
import { pageOf, toIso } from "../../../wire/basics.ts";
import {
  idleOut,
  metricCatalogueOut,
  type SystemStatusOut,
  systemStatusOut,
} from "../../../wire/operations.ts";
import { shorthandMetrics } from "../../../wire/reading.ts";
import { dependenciesToWire } from "../health-routes.ts";
import { listQuery, oneQuery, pageAnswer } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import { visibleDevices } from "../scope.ts";
import type { ApiServices } from "../services.ts";

/** How IAI itself stands, and the metrics it knows. */
export function systemRoutes(services: ApiServices): readonly ApiRoute[] {
  return [getIdle(services), getStatus(services), getCatalogue(services)];
}

function getIdle({ health }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/system/idle",
    action: "system.idle",
    tag: "System",
    summary: "True when everything accepted has passed every station",
    query: oneQuery({}),
    answer: idleOut,
    handle: () => health.idle(),
  });
}

function getStatus({ health, ingest, live, clock }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/system/status",
    action: "system.read",
    tag: "System",
    summary: "The flow with its rates, lags and ages; dependencies, storage and counters",
    query: oneQuery({}),
    answer: systemStatusOut,
    handle: async (): Promise<SystemStatusOut> => {
      const [ready, stations, storage] = await Promise.all([
        health.ready(),
        health.stations(),
        health.storage(),
      ]);
      const { received, accepted, duplicates, rejected, degraded } = ingest.counters();
      const looking = live.counters();
      return {
        version: health.version,
        node_version: process.versions.node,
        profile: health.profile,
        started_at: toIso(health.startedAt),
        now: toIso(clock.now()),
        ready: ready.ready,
        dependencies: dependenciesToWire(ready.dependencies),
        stations: stations.map((station) => ({
          name: station.name,
          rate_per_s: station.ratePerSecond,
          lag: station.lag,
          behind_ms: station.behindMs,
          state: station.state,
          detail: station.detail,
        })),
        counters: {
          readings_received: received,
          readings_accepted: accepted,
          readings_duplicates: duplicates,
          readings_rejected: rejected,
          values_degraded: degraded,
          live_clients: looking.clients,
          live_dropped: looking.dropped,
        },
        storage: storage.map((store) => ({
          name: store.name,
          bytes: store.bytes,
          free_bytes: store.freeBytes,
          refusing: store.refusing,
        })),
      };
    },
  });
}

function getCatalogue({ devices }: ApiServices): ApiRoute {
  return defineRoute({
    method: "GET",
    path: "/metrics-catalog",
    action: "devices.read",
    tag: "Devices",
    summary: "Metrics that the plant knows, with their units",
    query: listQuery({}),
    answer: pageOf(metricCatalogueOut),
    handle: async ({ query, principal }) => {
      const known = new Map<string, { unit: string; devices: number }>();
      for (const [name, unit] of Object.entries(standardUnits))
        known.set(name, { unit, devices: 0 });
      for (const device of visibleDevices(devices, principal)) {
        for (const [name, spec] of Object.entries(device.metrics)) {
          const entry = known.get(name) ?? { unit: spec.unit, devices: 0 };
          entry.devices += 1;
          known.set(name, entry);
        }
      }
      const shorthand = new Set<string>(shorthandMetrics);
      const rows = [...known].map(([name, entry]) => ({
        name,
        ...entry,
        shorthand: shorthand.has(name),
      }));
      return pageAnswer(rows.slice(0, query.limit), null, query.limit);
    },
  });
}
