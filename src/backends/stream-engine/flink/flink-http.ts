import type { Ms } from "../../../model/basics.ts";
import { flinkRefusal, flinkUnreachable } from "./errors.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Questions to a job manager; `action` is what an error says could not be done. */
export interface FlinkHttp {
  ask(action: string, path: string, init?: RequestInit): Promise<Json>;
  /** A POST with a JSON body. */
  send(action: string, path: string, body: Json): Promise<Json>;
}

export function createFlinkHttp(url: string, requestTimeoutMs: Ms): FlinkHttp {
  const ask: FlinkHttp["ask"] = async (action, path, init = {}) => {
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(requestTimeoutMs);
      const answer = await fetch(new URL(path, `${url}/`), { ...init, signal });
      status = answer.status;
      text = await answer.text();
    } catch (cause) {
      throw flinkUnreachable(action, cause);
    }
    if (status >= 400) throw flinkRefusal(action, status, text);
    return text === "" ? {} : (JSON.parse(text) as Json);
  };
  return {
    ask,
    send: (action, path, body) =>
      ask(action, path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
  };
}
