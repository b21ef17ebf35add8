import { embeddedEventBusConfig } from "../../backends/event-bus/embedded/config.ts";
import {
  type EmbeddedEventBus,
  openEmbeddedEventBus,
} from "../../backends/event-bus/embedded/embedded-event-bus.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLog } from "../../kernel/log.ts";
import type { Ms } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import { encodeReading } from "../../wire/stream-codec.ts";
import { dataDirAt } from "../data-dir.ts";
import type { BenchOptions } from "./bench-options.ts";
import { type IaiSetup, type IaiSystem, startIai } from "./iai-system.ts";
import { deviceIdOf } from "./load-plan.ts";
import { fleet } from "./rounds.ts";
import { runGenerator } from "./run-load.ts";

const READINGS_PER_COMMIT = 4_000;
/** Age of the newest reading of a filled log: they are older than everything that follows. */
const FILLED_UNTIL_MS: Ms = 3_600_000;

/** Starts on a log of the given size, whose readings no station has seen. IAI must not run. */
export async function startOnLongLog(
  setup: IaiSetup,
  bench: BenchOptions,
): Promise<{ readonly startMs: Ms; readonly logBytes: number; readonly iai: IaiSystem }> {
  const bus = await openEmbeddedEventBus({
    dataDir: dataDirAt(setup.dataDir).log,
    clock: systemClock,
    log: silentLog,
    config: embeddedEventBusConfig.parse({}),
  });
  const logBytes = await fill(bus, bench.logBytes).finally(() => bus.close());
  const iai = await startIai(setup);
  return { startMs: iai.readyAfterMs, logBytes, iai };
}

async function fill(bus: EmbeddedEventBus, bytes: number): Promise<number> {
  const endAt = systemClock.now() - FILLED_UNTIL_MS;
  const readingsAbout = bytes / 100;
  for (let index = 0; ; ) {
    const size = (await bus.health()).bytes;
    if (size >= bytes) return size;
    const records = Array.from({ length: READINGS_PER_COMMIT }, () => {
      const reading = filler(index, endAt - (readingsAbout - index) / 10);
      index += 1;
      return {
        topic: "raw_sensor_data",
        key: reading.deviceId,
        value: encodeReading(reading),
      } as const;
    });
    await bus.publish(records);
  }
}

function filler(index: number, measuredAt: number): Reading {
  const wave = (index % 997) / 997;
  const values = new Map([
    ["temperature", 60 + wave],
    ["vibration", 0.4 + wave / 10],
    ["pressure", 0.5 + wave / 100],
    ["current", 13 + wave],
    ["flow", 31 + wave],
    ["speed", 1480 + wave],
  ]);
  return {
    ...{ deviceId: deviceIdOf(fleet, index % fleet.devices), measuredAt: Math.floor(measuredAt) },
    ...{ receivedAt: Math.floor(measuredAt) + 5, values, seq: index, configVersion: 1 },
    ...{ qualities: null, faults: null, sources: null, status: null },
  };
}

/** Kills IAI at 5,000 readings a second and starts it again; the slowest of several. */
export async function startsAfterKill(
  setup: IaiSetup,
  iai: IaiSystem,
  options: { readonly bench: BenchOptions; readonly alertPort: number },
): Promise<{ readonly slowestMs: Ms; readonly iai: IaiSystem }> {
  let [running, slowestMs] = [iai, 0];
  for (let n = 0; n < options.bench.startsAfterKill; n += 1) {
    const loaded = runGenerator({
      ...fleet,
      url: iai.readingsUrl,
      authorization: iai.authorization,
      alertPort: options.alertPort,
      readingsPerSecond: 5_000,
      breachesPerSecond: 10,
      seconds: options.bench.secondsPerRun,
      batch: 50,
      connections: 4,
      window: 4_000,
      drainMs: 0,
      seed: 20 + n,
      firstSeq: 2_000_000_000 + n * 1_000_000,
    });
    await systemClock.sleep(options.bench.secondsPerRun * 1_000 - 1_000);
    await running.owned.end("SIGKILL");
    running = await startIai(setup);
    slowestMs = Math.max(slowestMs, running.readyAfterMs);
    await loaded;
  }
  return { slowestMs, iai: running };
}
