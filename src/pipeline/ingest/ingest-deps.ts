import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Ms } from "../../model/basics.ts";
import type { ControlJournal, EventBus } from "../../ports/event-bus.ts";
import type { DeviceRegistry } from "./device-registry.ts";
import type { IngestWire } from "./ingest-wire.ts";
import type { Quarantine } from "./quarantine.ts";

export interface IngestConfig {
  /** Register unknown devices at their first reading. */
  readonly autoRegister: boolean;
  readonly maxBodyBytes: number;
  readonly maxReadings: number;
  /** A reading may be this far ahead of our clock. */
  readonly clockSkewMaxMs: Ms;
  /** Readings older than this would be deleted at once. */
  readonly rawRetentionMs: Ms;
}

export interface DataIngestorDeps {
  readonly bus: Pick<EventBus, "publish">;
  readonly registry: DeviceRegistry;
  readonly quarantine: Pick<Quarantine, "add">;
  readonly control: Pick<ControlJournal, "current">;
  readonly wire: IngestWire;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: IngestConfig;
}
