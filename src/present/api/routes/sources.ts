import type { EpochMs } from "../../../model/basics.ts";
import { pageOf, toIso, toIsoOrNull } from "../../../wire/basics.ts";
import { type SourceOut, sourceOut } from "../../../wire/source.ts";
import { listQuery, pageAnswer } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import type { ApiServices, SourceStatus } from "../services.ts";

/** The plant's own protocols: how each configured source stands. */
export function sourceRoutes({ sources, clock }: ApiServices): readonly ApiRoute[] {
  return [
    defineRoute({
      method: "GET",
      path: "/sources",
      action: "system.read",
      tag: "System",
      summary: "Configured sources of readings: state, rate, errors, age of the last value",
      query: listQuery({}),
      answer: pageOf(sourceOut),
      handle: async ({ query }) => {
        const now = clock.now();
        const items = sources.list().map((source) => sourceToWire(source, now));
        return pageAnswer(items.slice(0, query.limit), null, query.limit);
      },
    }),
  ];
}

function sourceToWire(source: SourceStatus, now: EpochMs): SourceOut {
  const { state, counters } = source;
  const { accepted, duplicates, rejected, degraded, byCode } = counters;
  return {
    name: source.name,
    kind: source.kind,
    state: state.state,
    since: toIso(state.since),
    last_error: state.lastError,
    waiting_for: source.waitingFor,
    last_value_at: toIsoOrNull(state.lastValueAt),
    last_value_age_ms: state.lastValueAt === null ? null : Math.max(0, now - state.lastValueAt),
    rate_per_s: source.ratePerSecond,
    recoveries: state.recoveries,
    accepted,
    duplicates,
    rejected,
    degraded,
    refusals: byCode,
    parts: state.parts.map((part) => ({
      name: part.name,
      state: part.state,
      since: toIso(part.since),
      last_error: part.lastError,
      last_value_at: toIsoOrNull(part.lastValueAt),
    })),
  };
}
