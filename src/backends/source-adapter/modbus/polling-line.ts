import { backoffMs, type RetryPolicy } from "../../../kernel/retry.ts";
import type { StatusBoard } from "../../../kernel/status-board.ts";
import type { Ms } from "../../../model/basics.ts";
import type { ReadingSink } from "../../../ports/source-adapter.ts";
import type { ModbusSourceConfig } from "./config.ts";
import { type PolledDevice, type PollResult, pollDevice, readingOf } from "./device-poll.ts";
import { connectionFailure, exceptionOf, reasonOf, slaveFailure } from "./errors.ts";
import { type ModbusReader, openModbusReader } from "./modbus-reader.ts";
import type { ModbusSourceDeps } from "./modbus-source-adapter.ts";

export interface PollingLine {
  readonly config: ModbusSourceConfig;
  readonly deps: ModbusSourceDeps;
  readonly board: StatusBoard;
  readonly sink: ReadingSink;
  readonly devices: readonly PolledDevice[];
}

/** Between two attempts to connect. */
const reconnect: RetryPolicy = { baseMs: 500, maxMs: 10_000, attempts: null };
/** How long a slave that does not answer is left alone, so that it does not hold up those beside it. */
const leaveAlone: RetryPolicy = { baseMs: 500, maxMs: 20_000, attempts: null };

interface Turn {
  readonly device: PolledDevice;
  dueAt: Ms;
  /** Polls without an answer, one after the other. */
  failures: number;
}

/**
 * Polls the slaves of one connection, each in its own rhythm, until the signal aborts. A connection on which something
 * went unanswered is opened anew: an answer that comes too late, or half of one, would be taken for the next.
 */
export async function runPollingLine(line: PollingLine, signal: AbortSignal): Promise<void> {
  const { clock } = line.deps;
  const turns = line.devices.map(
    (device): Turn => ({ device, dueAt: clock.monotonic(), failures: 0 }),
  );
  let reader: ModbusReader | null = null;
  for (const { device } of turns) line.board.set(device.config.deviceId, "connecting");
  try {
    while (!signal.aborted) {
      const turn = turns.reduce((first, other) => (other.dueAt < first.dueAt ? other : first));
      await clock.sleep(Math.max(0, turn.dueAt - clock.monotonic()), signal);
      if (signal.aborted) return;
      if (reader === null || !reader.isOpen) reader = await connect(line, signal);
      if (reader === null) return;
      if (await takeTurn(line, turn, { reader, signal })) continue;
      reader.close();
      reader = null;
    }
  } finally {
    reader?.close();
  }
}

/** null: the signal aborted. */
async function connect(line: PollingLine, signal: AbortSignal): Promise<ModbusReader | null> {
  const { config, deps, board, devices } = line;
  const { host, port, framing, connectTimeoutMs } = config;
  const { clock, log, random } = deps;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      return await openModbusReader({ host, port, framing, connectTimeoutMs, clock, signal });
    } catch (cause) {
      if (signal.aborted) return null;
      const { message } = connectionFailure(`${host}:${port}`, cause);
      const isNews = devices.map(({ config: { deviceId } }) =>
        board.set(deviceId, "connecting", message),
      );
      if (isNews.includes(true)) log.warn("source.lost", { source: config.name, error: message });
      await clock.sleep(backoffMs(reconnect, attempt, random()), signal);
    }
  }
  return null;
}

/** False: the connection is in doubt. Throws only what the sink throws. */
async function takeTurn(
  line: PollingLine,
  turn: Turn,
  { reader, signal }: { readonly reader: ModbusReader; readonly signal: AbortSignal },
): Promise<boolean> {
  const result = await pollDevice(reader, turn.device).catch((cause: unknown) => {
    if (!signal.aborted) noteSilence(line, turn, cause);
    return { isConnectionSound: exceptionOf(cause) !== null };
  });
  if ("isConnectionSound" in result) return result.isConnectionSound;
  turn.failures = 0;
  const { everyMs } = turn.device.config;
  turn.dueAt = nextDue(turn.dueAt, everyMs, line.deps.clock.monotonic());
  await deliver(line, turn.device, result);
  return true;
}

async function deliver(line: PollingLine, device: PolledDevice, result: PollResult): Promise<void> {
  const { config, deps, board, sink } = line;
  const { deviceId, unit } = device.config;
  const at = deps.clock.now();
  const source = `modbus:${config.name}:${deviceId}`;
  await sink.accept({ items: [readingOf(device, result, { at, source })], deviceIds: null });
  board.value(deviceId, at);
  const about = { source: config.name, device: deviceId, unit };
  const { trouble } = result;
  if (trouble === null) {
    if (board.set(deviceId, "running")) deps.log.info("source.running", about);
  } else if (board.set(deviceId, "failed", trouble)) {
    deps.log.warn("source.part.failed", { ...about, error: trouble });
  }
}

/** The slave did not answer, or not now: it is left alone for a while. */
function noteSilence(line: PollingLine, turn: Turn, cause: unknown): void {
  const { config, deps, board } = line;
  const { clock, log, random } = deps;
  const { deviceId, unit, everyMs } = turn.device.config;
  turn.failures += 1;
  const waitMs = Math.max(everyMs, backoffMs(leaveAlone, turn.failures, random()));
  turn.dueAt = clock.monotonic() + waitMs;
  const { message } = slaveFailure(unit, exceptionOf(cause)?.words ?? reasonOf(cause), cause);
  if (board.set(deviceId, "connecting", message))
    log.warn("source.lost", { source: config.name, device: deviceId, error: message });
}

/** In the slave's own rhythm; polls that were missed are not made up for. */
function nextDue(dueAt: Ms, everyMs: Ms, now: Ms): Ms {
  return dueAt + everyMs * Math.max(1, Math.ceil((now - dueAt) / everyMs));
}
