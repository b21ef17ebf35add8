import { IaiError } from "../../kernel/errors.ts";
import type { Config } from "../config/schema.ts";

/** What each part keeps its things in where several processes work on them. */
const shared = {
  eventBus: "kafka",
  telemetryStore: "influxdb",
  recordStore: "mysql",
  streamEngine: "flink",
} as const;

/** Roles meet on servers; what lies in the folder of one process no other process can see. */
export function requireSharedBackends(config: Config): void {
  const alone = Object.entries(shared).filter(
    ([section, kind]) => config[section as keyof typeof shared].kind !== kind,
  );
  if (alone.length === 0) return;
  const needed = alone.map(([section, kind]) => `${section}.kind: ${kind}`).join(", ");
  throw new IaiError(
    "CONFIG_INVALID",
    `Cannot start a role: several processes need servers they share, nothing was started. Set ${needed}`,
  );
}

/** The parts that work in threads of one process read its own log. */
export function requireOneBus(config: Config): void {
  if (config.eventBus.kind === "embedded") return;
  const own = (["telemetryStore", "streamEngine"] as const).filter(
    (section) => config[section].kind === "embedded",
  );
  if (own.length === 0) return;
  throw new IaiError(
    "CONFIG_INVALID",
    `Cannot start: ${own.map((section) => `${section}.kind "embedded"`).join(" and ")} read the log of this process, but eventBus.kind is "${config.eventBus.kind}"; nothing was started`,
  );
}
