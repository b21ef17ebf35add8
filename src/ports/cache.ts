import type { Ms } from "../model/basics.ts";

/**
 * Short-lived copies, never the only place of anything: a flushed cache changes speed, not results.
 * - A value is gone after its time to live, or earlier when memory is short.
 * - `increment` is atomic; the time to live counts from the first increment.
 */
export interface Cache {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlMs: Ms): Promise<void>;
  increment(key: string, ttlMs: Ms): Promise<number>;
  remove(key: string): Promise<void>;
  health(): Promise<void>;
  close(): Promise<void>;
}
