import { IaiError } from "../../../kernel/errors.ts";
import { silentLog } from "../../../kernel/log.ts";
import { backoffMs } from "../../../kernel/retry.ts";
import { parseYamlMap, unreadable } from "../../../kernel/yaml-document.ts";
import type { ConfigDocument, ConfigSource } from "../../../ports/config-source.ts";
import {
  decodeChanged,
  documentQuery,
  encodeListening,
  fingerprintOf,
  type NacosService,
} from "./codec.ts";
import type { NacosConfig } from "./config.ts";
import { type LastGoodCopy, openLastGoodCopy } from "./last-good-copy.ts";
import { type NacosDeps, type NacosSession, openNacosSession } from "./nacos-session.ts";
import { type ServiceRegistration, startRegistration } from "./service-registration.ts";
import { createTrouble, type Trouble } from "./trouble.ts";

export interface NacosSourceDeps extends NacosDeps {
  /** File of the last good copy; not in a folder that the document itself can move. */
  readonly copyFile: string;
  /** Throws when a document cannot be put in force: it is then skipped like one that cannot be read. */
  readonly validate?: (document: ConfigDocument) => void;
}

export interface NacosConfigSource extends ConfigSource {
  /** Fails, with `data.since`, while Nacos is away, refuses, or holds a document that cannot be put in force. */
  health(): Promise<void>;
  /** Lists a service of this process; `close` of the source takes it off again. */
  registerService(service: NacosService): ServiceRegistration;
}

/** Configuration and service registry in Nacos; see README.md for what is promised when it is away. */
export async function openNacosConfigSource(
  config: NacosConfig,
  deps: NacosSourceDeps,
): Promise<NacosConfigSource> {
  return new NacosSource(config, { ...deps, session: await openNacosSession(config, deps) });
}

const FIRST_WAIT_MS = 200;

class NacosSource implements NacosConfigSource {
  readonly #config: NacosConfig;
  readonly #deps: NacosSourceDeps & { readonly session: NacosSession };
  readonly #closing = new AbortController();
  readonly #copy: LastGoodCopy;
  readonly #services: ServiceRegistration[] = [];
  readonly #conversation: Trouble;
  /** What is wrong with the document is told to whoever asked for it; here it is kept for the health. */
  readonly #document: Trouble;
  /** Of the text that was last seen, good or not. */
  #fingerprint = fingerprintOf(null);

  constructor(config: NacosConfig, deps: NacosSourceDeps & { readonly session: NacosSession }) {
    this.#config = config;
    this.#deps = deps;
    const { namespace, group, dataId } = config;
    this.#copy = openLastGoodCopy(deps.copyFile, { namespace, group, dataId });
    this.#conversation = createTrouble("config.nacos", deps);
    this.#document = createTrouble("config.document", { clock: deps.clock, log: silentLog });
  }

  async load(): Promise<ConfigDocument> {
    const text = await this.#fetch(this.#closing.signal).catch((failure: unknown) =>
      this.#conversation.failed(failure),
    );
    if (text instanceof IaiError) {
      const { document, fingerprint } = await this.#lastGood(text);
      this.#fingerprint = fingerprint;
      return document;
    }
    if (text === null && (await this.#copyText()) === null)
      return { values: {}, origin: this.#origin() };
    let broken: unknown = null;
    const document = await this.#take(text, (failure) => {
      broken = failure;
    });
    return document ?? (await this.#lastGood(broken)).document;
  }

  async *changes(
    signal: AbortSignal,
    onBroken: (failure: unknown) => void,
  ): AsyncGenerator<ConfigDocument> {
    const { clock } = this.#deps;
    const policy = { baseMs: FIRST_WAIT_MS, maxMs: this.#config.retryMaxMs, attempts: null };
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    for (let attempt = 1; !ended.aborted; attempt += 1) {
      const askedAt = clock.monotonic();
      const text = await this.#nextText(ended);
      if (text !== undefined) {
        attempt = 0;
        const document = await this.#take(text, onBroken);
        if (document !== null) yield document;
        continue;
      }
      // An answer that was held long is a good one: ask again at once.
      if (clock.monotonic() - askedAt > this.#config.pollMs / 2) attempt = 0;
      else await clock.sleep(backoffMs(policy, attempt, 0.5), ended);
    }
  }

  async health(): Promise<void> {
    this.#conversation.check();
    this.#document.check();
  }

  registerService(service: NacosService): ServiceRegistration {
    const { clock, log, session } = this.#deps;
    const registration = startRegistration(service, { clock, log, session, config: this.#config });
    this.#services.push(registration);
    return registration;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("IAI is stopping"));
    await Promise.all(this.#services.map((service) => service.close()));
  }

  /** null: there is no document; undefined: nothing new, or Nacos could not be asked. */
  async #nextText(ended: AbortSignal): Promise<string | null | undefined> {
    try {
      if (!(await this.#hasChanged(ended))) return undefined;
      const text = await this.#fetch(ended);
      return fingerprintOf(text) === this.#fingerprint ? undefined : text;
    } catch (failure) {
      if (!ended.aborted) this.#conversation.failed(failure);
      return undefined;
    }
  }

  async #hasChanged(signal: AbortSignal): Promise<boolean> {
    const { pollMs } = this.#config;
    const answer = await this.#deps.session.call(
      {
        action: "ask for changes of the configuration",
        method: "POST",
        path: "/v1/cs/configs/listener",
        headers: { "Long-Pulling-Timeout": String(pollMs) },
        form: { "Listening-Configs": encodeListening(this.#config, this.#fingerprint) },
        heldMs: pollMs,
      },
      signal,
    );
    this.#conversation.well();
    return decodeChanged(answer.body);
  }

  /** null: there is no such document. */
  async #fetch(signal: AbortSignal): Promise<string | null> {
    const answer = await this.#deps.session.call(
      {
        action: "load the configuration",
        method: "GET",
        path: "/v1/cs/configs",
        query: documentQuery(this.#config),
        expected: [404],
      },
      signal,
    );
    this.#conversation.well();
    return answer.status === 404 ? null : answer.body;
  }

  /** null: it cannot be put in force; that is told, and the last good one stays. */
  async #take(
    text: string | null,
    onBroken: (failure: unknown) => void,
  ): Promise<ConfigDocument | null> {
    this.#fingerprint = fingerprintOf(text);
    try {
      if (text === null) throw gone(this.#origin());
      return await this.#accept(text);
    } catch (failure) {
      onBroken(this.#document.failed(failure));
      return null;
    }
  }

  /** The document, if it can be put in force; it is then the last good one. */
  async #accept(text: string): Promise<ConfigDocument> {
    const document = this.#read(text, this.#origin());
    this.#document.well();
    try {
      await this.#copy.save(text);
    } catch (failure) {
      // What is in force is good all the same; the next start without Nacos would be on an older one.
      this.#deps.log.error("config.copy.failed", { error: String(failure) });
    }
    return document;
  }

  /** The copy instead of what `reason` speaks of; throws the reason when there is none that is good. */
  async #lastGood(
    reason: unknown,
  ): Promise<{ readonly document: ConfigDocument; readonly fingerprint: string }> {
    const text = await this.#copyText();
    if (text === null) throw reason;
    try {
      const document = this.#read(text, `the last good copy of ${this.#origin()}`);
      const fields = { file: this.#deps.copyFile, reason: String(reason) };
      this.#deps.log.warn("config.copy.in_force", fields);
      return { document, fingerprint: fingerprintOf(text) };
    } catch (failure) {
      this.#deps.log.error("config.copy.refused", { error: String(failure) });
      throw reason;
    }
  }

  /** null: there is none that can be read. */
  async #copyText(): Promise<string | null> {
    try {
      return await this.#copy.read();
    } catch (failure) {
      this.#deps.log.error("config.copy.failed", { error: String(failure) });
      return null;
    }
  }

  #read(text: string, origin: string): ConfigDocument {
    const document = { values: parseYamlMap(origin, text), origin };
    this.#deps.validate?.(document);
    return document;
  }

  #origin(): string {
    return `${this.#config.dataId} in Nacos`;
  }
}

/** A document that was removed is no order to fall back to every default. */
function gone(origin: string) {
  return unreadable(origin, "it is gone; the last configuration stays in force");
}
