import type { MessagePort } from "node:worker_threads";
import type { EventBus } from "../../../ports/event-bus.ts";
import { PARTITION } from "./frames.ts";
import { follow, LogEnd, LogFile } from "./log-follower.ts";

/** What another thread needs to read the log; `port` must be in the transfer list. */
export interface LogReaderToken {
  readonly path: string;
  readonly port: MessagePort;
  /** End of the log when the token was made. */
  readonly end: number;
}

/** From the bus to a reader: the new end, or null when the bus closes. */
export type EndMessage = number | null;

/** From a reader to the bus. A subscription holds back deletion until its group has confirmed something. */
export type ReaderMessage =
  | { readonly tell: "confirm"; readonly group: string; readonly position: number }
  | {
      readonly tell: "begin";
      readonly subscription: number;
      readonly group: string;
      readonly position: number;
    }
  | { readonly tell: "end"; readonly subscription: number };

/** The reading half of the event bus, for any thread of the process. */
export interface LogReader extends Pick<EventBus, "subscribe" | "confirm" | "close"> {
  /** Says that the log goes to `end` at least, for whoever cannot wait for the next announcement. */
  advance(end: number): void;
}

/** Opens its own read-only connection; the bus must stay open as long as the reader is used. */
export function openLogReader(token: LogReaderToken): LogReader {
  const { port } = token;
  const file = new LogFile(token.path);
  const end = new LogEnd(token.end);
  const tell = (message: ReaderMessage): void => port.postMessage(message);
  let subscriptions = 0;
  port.on("message", (message: EndMessage) => {
    if (message === null) end.close();
    else end.moveTo(message);
  });

  return {
    subscribe: async function* (options) {
      subscriptions += 1;
      const subscription = subscriptions;
      const position = options.from?.[PARTITION] ?? 1;
      tell({ tell: "begin", subscription, group: options.group, position });
      try {
        yield* follow(file, end, options);
      } finally {
        tell({ tell: "end", subscription });
      }
    },
    advance: (to) => end.moveTo(to),
    confirm: async (group, position) => {
      tell({ tell: "confirm", group, position: position[PARTITION] ?? 1 });
    },
    close: async () => {
      end.close();
      port.close();
      file.close();
    },
  };
}
