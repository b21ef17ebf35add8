import { telemetryStoreContract } from "../../../../test/contract/telemetry-store.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { minuteArithmetic } from "../../../pipeline/aggregate/aggregate-minutes.ts";
import { embeddedTelemetryConfig } from "./config.ts";
import { openEmbeddedTelemetryStore } from "./embedded-telemetry-store.ts";

const clock = new SimulatedClock(Date.UTC(2026, 1, 28, 12));
const open = (options: object) => (dataDir: string) =>
  openEmbeddedTelemetryStore({
    dataDir,
    clock,
    log: silentLog,
    config: embeddedTelemetryConfig.parse(options),
    aggregate: minuteArithmetic,
  });

telemetryStoreContract("embedded", open({}), { gaps: {} });
// The same promises when nearly everything is sealed early and in many parts.
telemetryStoreContract(
  "embedded, short of memory",
  open({ maxHotValues: 10_000, maxReplayRecords: 1_000, maxChunkRows: 10, sealGraceMs: 0 }),
  { gaps: {}, runs: 10 },
);
