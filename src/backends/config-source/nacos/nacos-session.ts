import type { Clock } from "../../../kernel/clock.ts";
import { withDeadline } from "../../../kernel/deadline.ts";
import type { Log } from "../../../kernel/log.ts";
import { readSecretFile } from "../../../kernel/secret-file.ts";
import type { Ms } from "../../../model/basics.ts";
import { decodeLogin } from "./codec.ts";
import type { NacosConfig } from "./config.ts";
import { failureOfAnswer, failureOfStatus, failureOnTheWay } from "./errors.ts";
import {
  type AskServer,
  type NacosAnswer,
  type NacosRequest,
  openNacosHttp,
} from "./nacos-http.ts";

export interface NacosDeps {
  readonly clock: Clock;
  readonly log: Log;
}

export interface NacosCall extends NacosRequest {
  /** For messages: `load the configuration`. */
  readonly action: string;
  /** Statuses that are an answer, besides 200. */
  readonly expected?: readonly number[];
  /** Time that Nacos itself may take before it answers. */
  readonly heldMs?: Ms;
}

/**
 * A signed-in conversation with one Nacos of several servers.
 * - A call fails with CONFIG_UNREACHABLE after `requestTimeoutMs` on each server, CONFIG_UNREADABLE when refused.
 * - The token is renewed before it ends, and once when it is refused: the server may have another secret by now.
 */
export interface NacosSession {
  call(call: NacosCall, signal: AbortSignal): Promise<NacosAnswer>;
}

export async function openNacosSession(
  config: NacosConfig,
  deps: NacosDeps,
): Promise<NacosSession> {
  const { passwordFile } = config;
  const password =
    passwordFile === null ? config.password : await readSecretFile(passwordFile, deps.log);
  return new Session(config, { clock: deps.clock, ask: await openNacosHttp(config), password });
}

interface SessionDeps {
  readonly clock: Clock;
  readonly ask: AskServer;
  readonly password: string | null;
}

interface Token {
  readonly text: string;
  /** On the monotonic clock: from then on another is fetched. */
  readonly renewAt: Ms;
}

/** The rest of a token's life is for the calls that are under way. */
const RENEW_AFTER_SHARE = 0.8;

class Session implements NacosSession {
  readonly #config: NacosConfig;
  readonly #deps: SessionDeps;
  #server = 0;
  #token: Token | null = null;

  constructor(config: NacosConfig, deps: SessionDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async call(call: NacosCall, signal: AbortSignal): Promise<NacosAnswer> {
    if (this.#config.username === null) return expect(call, await this.#send(call, signal));
    const first = await this.#send(await this.#signed(call, signal), signal);
    if (first.status !== 403) return expect(call, first);
    this.#token = null;
    return expect(call, await this.#send(await this.#signed(call, signal), signal));
  }

  async #signed(call: NacosCall, signal: AbortSignal): Promise<NacosCall> {
    const present = this.#token;
    const isGood = present !== null && this.#deps.clock.monotonic() < present.renewAt;
    const token = isGood ? present : await this.#login(call.action, signal);
    this.#token = token;
    return { ...call, headers: { ...call.headers, authorization: `Bearer ${token.text}` } };
  }

  async #login(action: string, signal: AbortSignal): Promise<Token> {
    const askedAt = this.#deps.clock.monotonic();
    const form = { username: this.#config.username ?? "", password: this.#deps.password ?? "" };
    const call: NacosCall = { action, method: "POST", path: "/v1/auth/login", form };
    const answer = expect(call, await this.#send(call, signal));
    const login = decodeLogin(answer.body);
    if (login === null) throw failureOfAnswer(action, "holds no access token");
    return { text: login.token, renewAt: askedAt + login.lifeS * 1_000 * RENEW_AFTER_SHARE };
  }

  /** Asks the servers in turn, from the one that answered last. */
  async #send(call: NacosCall, signal: AbortSignal): Promise<NacosAnswer> {
    const { addresses, requestTimeoutMs } = this.#config;
    const limits = { clock: this.#deps.clock, ms: requestTimeoutMs + (call.heldMs ?? 0), signal };
    let last: unknown = signal.reason;
    for (let tried = 0; tried < addresses.length && !signal.aborted; tried += 1) {
      const address = addresses[this.#server % addresses.length] ?? "";
      try {
        return await withDeadline(limits, (limited) => this.#deps.ask(address, call, limited));
      } catch (cause) {
        last = cause;
        this.#server += 1;
      }
    }
    throw failureOnTheWay(call.action, last);
  }
}

function expect(call: NacosCall, answer: NacosAnswer): NacosAnswer {
  if (answer.status === 200 || call.expected?.includes(answer.status) === true) return answer;
  throw failureOfStatus(call.action, answer.status);
}
