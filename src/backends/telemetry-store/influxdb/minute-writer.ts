import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import type { MinuteArithmetic } from "../../../model/aggregate.ts";
import type { Ms } from "../../../model/basics.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import type { LogPosition } from "./log-position.ts";
import type { MinuteBlock } from "./minute-block.ts";
import { linesOfBlock } from "./minute-rows.ts";
import { isExpired, type Upserts } from "./upserts.ts";

export interface MinuteWriterDeps {
  readonly upserts: Upserts;
  readonly config: InfluxTelemetryConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly position: LogPosition;
  readonly aggregate: MinuteArithmetic;
  /** Runs work when nobody else uses the store's memory. */
  readonly inTurn: (work: () => Promise<unknown>) => Promise<unknown>;
}

/** Minutes that changed wait here; several changes of one minute are one write. Used one call at a time. */
export interface MinuteWriter {
  /** Minutes that the database does not say yet. */
  waiting(): number;
  add(block: MinuteBlock): void;
  /** Writes the minutes, then the position that they allow. */
  flush(): Promise<void>;
  /** False: it failed in a way that passes; the minutes wait on. */
  tryFlush(): Promise<boolean>;
  /** Flushes if that is due, else sees to it that it happens on time. */
  flushInTime(): Promise<void>;
  forget(): void;
  end(): void;
}

export function createMinuteWriter(deps: MinuteWriterDeps): MinuteWriter {
  const { config, clock, log, position, upserts } = deps;
  const changed = new Set<MinuteBlock>();
  const ended = new AbortController();
  let lastFlushAt: Ms = Number.NEGATIVE_INFINITY;
  let isFlushComing = false;

  const flush = async (): Promise<void> => {
    await writeMinutes(changed, deps);
    for (const block of changed) block.isWritten = true;
    changed.clear();
    await upserts.settle();
    if (upserts.doubtful === 0) await position.store();
    lastFlushAt = clock.monotonic();
  };
  const tryFlush = async (): Promise<boolean> => {
    try {
      await flush();
      return true;
    } catch (failure) {
      if (!(failure instanceof IaiError)) throw failure;
      log.warn("telemetry.minutes.postponed", { code: failure.code, error: failure.message });
      return false;
    }
  };
  const flushLater = async (): Promise<void> => {
    isFlushComing = true;
    await clock.sleep(config.progressEveryMs, ended.signal);
    isFlushComing = false;
    if (changed.size > 0 && !ended.signal.aborted) await deps.inTurn(tryFlush);
  };

  return {
    waiting: () => changed.size,
    add: (block) => {
      if (config.aggregatesItself && !block.isWritten) changed.add(block);
    },
    flush,
    tryFlush,
    flushInTime: async () => {
      if (clock.monotonic() - lastFlushAt >= config.progressEveryMs) {
        await tryFlush();
      } else if (!isFlushComing) {
        void flushLater().catch((failure: unknown) =>
          log.warn("telemetry.minutes.postponed", { error: String(failure) }),
        );
      }
    },
    forget: () => changed.clear(),
    end: () => ended.abort(),
  };
}

async function writeMinutes(
  blocks: Iterable<MinuteBlock>,
  { upserts, log, aggregate }: MinuteWriterDeps,
): Promise<void> {
  const lines = [...blocks].flatMap((block) => [...linesOfBlock(block, aggregate)]);
  for (const outcome of await upserts.write(lines)) {
    // Somebody else gave our columns another type: the readings are stored, a rebuild mends the minutes.
    if (typeof outcome !== "string" && !isExpired(outcome.refused))
      log.error("influxdb.minute.refused", { reason: outcome.refused });
  }
}
