import type { DeviceId } from "../../model/basics.ts";
import { bareMetric, type MetricSpec } from "../../model/device.ts";
import type { DeviceHints, DeviceRegistry } from "./device-registry.ts";
import type { CheckedReading } from "./reading-check.ts";

/** Registers the devices of these readings, or adds the metrics that their devices do not have yet. */
export async function registerSenders(
  registry: DeviceRegistry,
  senders: readonly CheckedReading[],
): Promise<void> {
  const unknown = new Map<
    DeviceId,
    DeviceHints & { readonly metrics: Record<string, MetricSpec> }
  >();
  const known = new Map<DeviceId, Record<string, MetricSpec>>();
  for (const { reading, registered, factoryId, lineId, learned } of senders) {
    const { deviceId } = reading;
    let metrics = registered ? known.get(deviceId) : unknown.get(deviceId)?.metrics;
    if (metrics === undefined) {
      metrics = {};
      if (registered) known.set(deviceId, metrics);
      else unknown.set(deviceId, { deviceId, factoryId, lineId, metrics });
    }
    for (const [name, unit] of learned ?? []) metrics[name] ??= bareMetric(unit);
  }
  if (unknown.size > 0) await registry.ensure([...unknown.values()]);
  for (const [deviceId, metrics] of known) await registry.learnMetrics(deviceId, metrics);
}
