import type { ServerResponse } from "node:http";
import type { ChatRequest, Turn } from "./chat-dialect.ts";

/** One request under way, and the ways to answer it. */
export interface Exchange {
  readonly request: ChatRequest;
  readonly response: ServerResponse;
  /** What a good model would say. */
  good(): Turn;
  /** JSON with a status. */
  reply(status: number, body: unknown): void;
  /** A good HTTP answer with these words. */
  say(turn: Turn): void;
  /** Resolves after so long, or when the simulator closes. */
  wait(ms: number): Promise<void>;
}

export type Play = (exchange: Exchange) => void | Promise<void>;
