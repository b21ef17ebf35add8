import type { Role } from "../../model/access.ts";
import type { EpochMs } from "../../model/basics.ts";
import { qualityOf } from "../../model/reading.ts";
import { toIso, toIsoOrNull } from "../../wire/basics.ts";
import type { SourceDetailOut, SourceOut, SourcePreviewOut } from "../../wire/source.ts";
import { mayDo } from "../access/role-matrix.ts";
import type { SourceDetail, SourcePreview, SourceStatus } from "./source-service.ts";

/** Clocks of one source that are told. */
const SKEWS_MAX = 100;

export function sourceToWire(source: SourceStatus, now: EpochMs): SourceOut {
  const { state, counters } = source;
  const { accepted, duplicates, rejected, degraded, byCode } = counters;
  const lastValueAt = state?.lastValueAt ?? null;
  return {
    name: source.name,
    kind: source.kind,
    origin: source.origin,
    enabled: source.enabled,
    state: state?.state ?? "unknown",
    since: toIsoOrNull(state?.since ?? null),
    last_error: state?.lastError ?? null,
    waiting_for: source.waitingFor,
    last_value_at: toIsoOrNull(lastValueAt),
    last_value_age_ms: lastValueAt === null ? null : Math.max(0, now - lastValueAt),
    rate_per_s: source.ratePerSecond,
    recoveries: state?.recoveries ?? 0,
    accepted,
    duplicates,
    rejected,
    degraded,
    refusals: { ...byCode },
    clock_skew_ms: source.skews[0]?.skewMs ?? null,
    parts: partsToWire(state?.parts ?? []),
  };
}

export function sourceDetailToWire(
  source: SourceDetail,
  { now, role }: { readonly now: EpochMs; readonly role: Role },
): SourceDetailOut {
  return {
    ...sourceToWire(source, now),
    options: mayDo(role, "sources.write") ? { ...source.options } : null,
    secrets: [...source.secrets],
    revision: source.revision,
    updated_at: toIsoOrNull(source.updatedAt),
    updated_by: source.updatedBy,
    clock_skews: source.skews
      .slice(0, SKEWS_MAX)
      .map(({ deviceId, skewMs }) => ({ device_id: deviceId, skew_ms: skewMs })),
    tag_errors: source.troubles.map(({ deviceId, field, code, count, lastAt }) => ({
      device_id: deviceId,
      field,
      code,
      count,
      last_at: toIso(lastAt),
    })),
  };
}

export function previewToWire(preview: SourcePreview): SourcePreviewOut {
  const { state } = preview;
  return {
    state: state.state,
    last_error: state.lastError,
    parts: partsToWire(state.parts),
    lasted_ms: preview.lastedMs,
    readings: preview.readings,
    tags: preview.tags.map(({ reading, metric, count, timeFrom, registered, unitOf }) => {
      const fault = reading.faults?.get(metric);
      const sent = reading.sources?.get(metric);
      return {
        device_id: reading.deviceId,
        metric,
        value: reading.values.get(metric) ?? null,
        unit: unitOf(metric),
        source_value: sent?.value ?? null,
        source_unit: sent?.unit ?? null,
        quality: qualityOf(reading, metric),
        code: fault?.code ?? null,
        raw: fault?.raw ?? null,
        timestamp: toIso(reading.measuredAt),
        time_from: timeFrom,
        count,
        registered,
      };
    }),
    refused: preview.refused.map((one) => ({ ...one })),
    clock_skew_ms: preview.skewMs,
    note: preview.note,
  };
}

function partsToWire(parts: NonNullable<SourceStatus["state"]>["parts"]): SourceOut["parts"] {
  return parts.map((part) => ({
    name: part.name,
    state: part.state,
    since: toIso(part.since),
    last_error: part.lastError,
    last_value_at: toIsoOrNull(part.lastValueAt),
  }));
}
