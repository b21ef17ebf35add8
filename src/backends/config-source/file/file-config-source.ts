import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Clock } from "../../../kernel/clock.ts";
import { parseYamlMap, unreadable } from "../../../kernel/yaml-document.ts";
import type { Ms } from "../../../model/basics.ts";
import type { ConfigDocument, ConfigSource } from "../../../ports/config-source.ts";

export interface FileConfigSourceOptions {
  /** `iai.yaml`; a file that is not there is an empty document. */
  readonly path: string;
  readonly clock: Clock;
  /** An editor writes in several steps: wait this long after the last sign of a change. */
  readonly settleMs?: Ms;
}

const SETTLE_MS: Ms = 200;
/** Looked at anyway this often: network shares and bind mounts tell nothing. */
const LOOK_MS: Ms = 30_000;

/** Configuration from one YAML file, watched while running. */
export function openFileConfigSource(options: FileConfigSourceOptions): ConfigSource {
  const path = resolve(options.path);
  const { clock, settleMs = SETTLE_MS } = options;
  const closing = new AbortController();
  let lastText: string | null = null;

  async function* changes(
    signal: AbortSignal,
    onBroken: (failure: unknown) => void,
  ): AsyncGenerator<ConfigDocument> {
    const ended = AbortSignal.any([signal, closing.signal]);
    const changed = watchFile(path);
    // From now on nothing is missed; what changed since `load` is found by the first look.
    changed.touch();
    try {
      for (;;) {
        await changed.wait(clock, ended);
        await clock.sleep(settleMs, ended);
        if (ended.aborted) return;
        changed.reset();
        const document = await readChange(onBroken);
        if (document !== null) yield document;
      }
    } finally {
      changed.close();
    }
  }

  async function readChange(onBroken: (failure: unknown) => void): Promise<ConfigDocument | null> {
    try {
      const text = await readText(path);
      if (text === lastText) return null;
      lastText = text;
      // A file that was removed is no order to fall back to every default.
      if (text === null)
        throw unreadable(path, "it is gone; the last configuration stays in force");
      return parse(path, text);
    } catch (failure) {
      onBroken(failure);
      return null;
    }
  }

  return {
    load: async () => {
      const text = await readText(path);
      lastText = text;
      return text === null ? { values: {}, origin: basename(path) } : parse(path, text);
    },
    changes,
    close: async () => closing.abort(),
  };
}

/** null: there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function parse(path: string, text: string): ConfigDocument {
  return { values: parseYamlMap(path, text), origin: basename(path) };
}

/** Signs of change; the folder is watched, because most editors replace the file by another. */
function watchFile(path: string) {
  const name = basename(path);
  let touched = false;
  let wake: () => void = () => undefined;
  const touch = (): void => {
    touched = true;
    wake();
  };
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, file) => {
      if (file === null || file === name) touch();
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    // No folder yet, or no watches left: it is looked at every LOOK_MS all the same.
  }
  return {
    touch,
    reset: () => {
      touched = false;
    },
    wait: async (clock: Clock, ended: AbortSignal) => {
      if (touched || ended.aborted) return;
      const waiting = new AbortController();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([woken, clock.sleep(LOOK_MS, AbortSignal.any([ended, waiting.signal]))]);
      waiting.abort();
    },
    close: () => watcher?.close(),
  };
}
