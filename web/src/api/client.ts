import { learnServerTime } from "../app/clock.ts";
import type { Principal, Session } from "./types.ts";

/** An error answer of the API, or the lack of one. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(text(problem["title"]) ?? "The server does not answer");
    this.name = "ApiError";
    this.status = status;
    this.code = text(problem["code"]) ?? "UNREACHABLE";
    this.detail = text(problem["detail"]) ?? "";
    this.requestId = text(problem["trace_id"]);
    this.problem = problem;
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Whether this browser may have a session cookie, which no script can see: without one nothing is asked. */
const sessionHint = "iai.session";

function hint(): boolean {
  try {
    return localStorage.getItem(sessionHint) !== null;
  } catch {
    return true;
  }
}

function setHint(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(sessionHint, "1");
    else localStorage.removeItem(sessionHint);
  } catch {
    // Then each start asks once whether there is a session.
  }
}

/** Who is signed in; the token lives in memory only, the cookie renews it. */
interface SessionState {
  readonly user: Principal | null;
  readonly ready: boolean;
}

let token: string | null = null;
let state: SessionState = { user: null, ready: false };
const listeners = new Set<() => void>();

function setState(next: SessionState): void {
  state = next;
  for (const each of listeners) each();
}

export const session = {
  state: (): SessionState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  token: (): string | null => token,
  /** Takes over what sign-in, set-up or renewal answered. */
  open(answer: Session): void {
    token = answer.access_token;
    setHint(true);
    setState({ user: answer.user, ready: true });
  },
  close(): void {
    token = null;
    setHint(false);
    setState({ user: null, ready: true });
  },
};

/** Takes up the session of an earlier visit, where there was one. */
export async function resumeSession(): Promise<void> {
  if (hint()) await renewSession();
  else session.close();
}

let renewing: Promise<boolean> | null = null;

/** Renews the token by the session cookie; all who ask at once share one request. */
export function renewSession(): Promise<boolean> {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renew(): Promise<boolean> {
  try {
    const answer = await send("POST", "/refresh", {});
    session.open((await answer.json()) as Session);
    return true;
  } catch (failure) {
    // Without an answer nobody is signed out: the next request tries again.
    if (failure instanceof ApiError && failure.status > 0 && failure.status < 500) session.close();
    else if (!state.ready) setState({ user: null, ready: true });
    return false;
  }
}

interface SendOptions {
  /** Of a body that is sent as it is; without it a body goes as JSON. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly accept?: string;
}

/** One request as it is; throws `ApiError` for every answer that is not a success. */
async function send(
  method: string,
  path: string,
  body: unknown,
  options: SendOptions = {},
): Promise<Response> {
  const headers: Record<string, string> = {
    accept: options.accept ?? "application/json",
    "x-iai-csrf": "1",
  };
  if (token !== null) headers["authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = options.contentType ?? "application/json";
  const request: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) request.body = typeof body === "string" ? body : JSON.stringify(body);
  if (options.signal !== undefined) request.signal = options.signal;
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, request);
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "AbortError") throw failure;
    throw new ApiError(0, {});
  }
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (!Number.isNaN(date)) learnServerTime(date);
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await problemOf(answer));
}

async function problemOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return { title: answer.statusText, code: `HTTP_${String(answer.status)}` };
  }
}

/** A request that renews an expired token once. */
export async function request(
  method: string,
  path: string,
  body?: unknown,
  options: SendOptions = {},
): Promise<Response> {
  try {
    return await send(method, path, body, options);
  } catch (failure) {
    const expired = failure instanceof ApiError && failure.status === 401 && state.user !== null;
    if (!expired || !(await renewSession())) throw failure;
    return send(method, path, body, options);
  }
}

type QueryValue = string | number | boolean | null | undefined;

/** A query string of what is set. */
export function query(values: Readonly<Record<string, QueryValue>>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") parts.set(name, String(value));
  }
  const joined = parts.toString();
  return joined === "" ? "" : `?${joined}`;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await request("GET", path, undefined, signal === undefined ? {} : { signal });
  return (await answer.json()) as T;
}

export async function write<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body: unknown = {},
): Promise<T> {
  const answer = await request(method, path, body);
  const content = await answer.text();
  return (content === "" ? null : JSON.parse(content)) as T;
}
