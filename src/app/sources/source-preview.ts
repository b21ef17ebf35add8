import type { Clock } from "../../kernel/clock.ts";
import type { IaiError } from "../../kernel/errors.ts";
import { createStatusBoard } from "../../kernel/status-board.ts";
import type { DeviceId, Ms } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import { planOf } from "../../pipeline/ingest/metric-plan.ts";
import { checkReading } from "../../pipeline/ingest/reading-check.ts";
import { createSourceDiary } from "../../pipeline/ingest/source-diary.ts";
import type {
  IngestAnswer,
  ReadingSink,
  SourceAdapter,
  SourceItem,
} from "../../ports/source-adapter.ts";
import type { PreviewedReading, SourcePreview } from "../../present/api/source-service.ts";
import { sourceTexts } from "../../wire/json-scan.ts";
import type { Config } from "../config/schema.ts";

export interface PreviewDeps {
  readonly clock: Clock;
  readonly find: (deviceId: DeviceId) => Device | null;
  readonly config: Pick<Config, "ingest" | "retention">;
}

/** A look at a source ends early when it brought this much. */
const READINGS_MAX = 5_000;
const TAGS_MAX = 500;
const REFUSED_MAX = 100;

/** Runs an adapter for a while and judges what it brings as ingest would; nothing of it is stored. */
export async function previewSource(
  open: () => Promise<SourceAdapter>,
  deps: PreviewDeps,
  { durationMs, signal }: { readonly durationMs: Ms; readonly signal: AbortSignal },
): Promise<Omit<SourcePreview, "note">> {
  const { clock } = deps;
  const begin = clock.monotonic();
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const collected = collect(deps, () => stop.abort());
  const board = createStatusBoard(clock, ["opening"]);
  let adapter: SourceAdapter | null = null;
  try {
    adapter = await open();
    const running = adapter.run(collected.sink, both);
    const timer = clock.sleep(durationMs, both).then(() => null);
    const failure = await Promise.race([running.then(() => null), timer]).catch(asWords);
    if (failure !== null) board.set("opening", "failed", failure);
    // How it stood while it ran; afterwards every adapter says that it has stopped.
    const state = failure === null ? adapter.state() : board.whole();
    stop.abort();
    await running.catch(() => undefined);
    return { state, ...collected.seen(), lastedMs: clock.monotonic() - begin };
  } catch (failure) {
    board.set("opening", "failed", asWords(failure));
    return { state: board.whole(), ...collected.seen(), lastedMs: clock.monotonic() - begin };
  }
}

function asWords(failure: unknown): string {
  return failure instanceof Error ? (failure as IaiError | Error).message : String(failure);
}

interface Collected {
  readonly sink: ReadingSink;
  seen(): Pick<SourcePreview, "readings" | "tags" | "refused" | "skewMs">;
}

function collect(deps: PreviewDeps, onEnough: () => void): Collected {
  const { clock } = deps;
  const tags = new Map<string, SourcePreview["tags"][number]>();
  const refused = new Map<string, SourcePreview["refused"][number]>();
  const diary = createSourceDiary();
  let readings = 0;
  const refuse = (source: string, code: string, detail: string): void => {
    const key = JSON.stringify([source, code]);
    const count = (refused.get(key)?.count ?? 0) + 1;
    if (count > 1 || refused.size < REFUSED_MAX) refused.set(key, { source, code, detail, count });
  };
  const take = (item: SourceItem): void => {
    readings += 1;
    const judged = judge(item, deps);
    if ("code" in judged) {
      refuse(item.source, judged.code, judged.detail);
      return;
    }
    const { values, faults, deviceId } = judged.reading;
    for (const metric of new Set([...values.keys(), ...(faults?.keys() ?? [])])) {
      const key = JSON.stringify([deviceId, metric]);
      const count = (tags.get(key)?.count ?? 0) + 1;
      if (count > 1 || tags.size < TAGS_MAX) tags.set(key, { ...judged, metric, count });
    }
  };
  return {
    sink: {
      accept: async (payload) => {
        if (!("items" in payload)) throw new TypeError("adapters hand in items");
        for (const item of payload.items) take(item);
        const answer: IngestAnswer = {
          accepted: payload.items.length,
          duplicates: 0,
          rejected: [],
          degraded: [],
        };
        diary.note(payload.items, answer, clock.now());
        if (readings >= READINGS_MAX) onEnough();
        return answer;
      },
    },
    seen: () => ({
      readings,
      tags: [...tags.values()],
      refused: [...refused.values()],
      skewMs: diary.skews(clock.now())[0]?.skewMs ?? null,
    }),
  };
}

/** The same judgement that ingest would pass. */
function judge(
  { value, fault, bytes, timeFrom }: SourceItem,
  { clock, find, config }: PreviewDeps,
): PreviewedReading | { readonly code: string; readonly detail: string } {
  if (fault !== null) return fault;
  const now = Math.floor(clock.now());
  const checked = checkReading(value, bytes, {
    now,
    receivedAt: now,
    configVersion: 0,
    clockSkewMaxMs: config.ingest.clockSkewMaxMs,
    rawRetentionMs: config.retention.rawMs,
    deviceIds: null,
    planOf: (deviceId) => {
      const device = find(deviceId);
      return device === null ? null : planOf(device);
    },
    sourceTexts,
  });
  if ("code" in checked) return { code: checked.code, detail: checked.detail };
  const { reading, registered, learned } = checked;
  const device = find(reading.deviceId);
  const plan = device === null ? null : planOf(device);
  return {
    reading,
    registered,
    timeFrom: timeFrom ?? "device",
    unitOf: (metric) => plan?.get(metric)?.unit ?? learned?.get(metric) ?? "1",
  };
}
