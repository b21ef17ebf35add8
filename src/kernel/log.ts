import { pino } from "pino";

/** Facts with fields. info: something changed; warn: recovered, nothing lost; error: data lost or a person is needed. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
  child(fields: Record<string, unknown>): Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** A log that writes JSON lines to a file descriptor (2: standard error). */
export function createLog(level: LogLevel, destination: number | string = 2): Log {
  const sink = pino.destination({ dest: destination, sync: true, mkdir: true });
  return wrap(
    pino(
      { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: "event" },
      sink,
    ),
  );
}

function wrap(logger: ReturnType<typeof pino>): Log {
  return {
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
    child: (fields) => wrap(logger.child(fields)),
  };
}

/** For tests and commands that speak for themselves. */
export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
