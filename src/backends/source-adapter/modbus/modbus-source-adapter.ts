import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import { createStatusBoard } from "../../../kernel/status-board.ts";
import type { SourceAdapter } from "../../../ports/source-adapter.ts";
import type { ModbusSourceConfig } from "./config.ts";
import type { PolledDevice } from "./device-poll.ts";
import { runPollingLine } from "./polling-line.ts";
import { planReads } from "./read-plan.ts";
import { loadRegisterMap, type RegisterMap } from "./register-map.ts";

export interface ModbusSourceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** Readings from a Modbus TCP server or gateway; see README.md for what is promised. */
export async function openModbusSource(
  config: ModbusSourceConfig,
  deps: ModbusSourceDeps,
): Promise<SourceAdapter> {
  const devices = await devicesOf(config);
  const names = devices.map(({ config: { deviceId } }) => deviceId);
  const board = createStatusBoard(deps.clock, names);
  const lines = dealOut(devices, config.connections);

  return {
    name: config.name,
    state: () => board.whole(),
    run: async (sink, signal) => {
      // A line that fails for good takes the others with it: whoever runs the adapter starts all of them again.
      const stop = new AbortController();
      const both = AbortSignal.any([signal, stop.signal]);
      const running = lines.map((line) =>
        runPollingLine({ config, deps, board, sink, devices: line }, both).catch((failure) => {
          stop.abort();
          throw failure;
        }),
      );
      const ends = await Promise.allSettled(running);
      for (const name of names) board.set(name, "stopped");
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined && !signal.aborted) throw failed.reason;
    },
  };
}

/** Each with its map; a file that several name is read once. */
async function devicesOf({ devices }: ModbusSourceConfig): Promise<readonly PolledDevice[]> {
  const files = new Map<string, RegisterMap>();
  const polled: PolledDevice[] = [];
  for (const device of devices) {
    const { mapFile } = device;
    const map =
      device.map ??
      (mapFile === null ? null : (files.get(mapFile) ?? (await loadRegisterMap(mapFile))));
    if (map === null) continue;
    if (mapFile !== null) files.set(mapFile, map);
    polled.push({ config: device, map, plan: planReads(map) });
  }
  return polled;
}

/** Slaves on their connections, in turn: those of one unit stay together. */
function dealOut(devices: readonly PolledDevice[], connections: number): readonly PolledDevice[][] {
  const units = [...new Set(devices.map(({ config }) => config.unit))];
  const lines = Array.from(
    { length: Math.min(connections, units.length) },
    (): PolledDevice[] => [],
  );
  for (const device of devices)
    lines[units.indexOf(device.config.unit) % lines.length]?.push(device);
  return lines;
}
