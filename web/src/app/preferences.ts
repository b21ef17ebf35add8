import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";
export type Language = "zh" | "en";

interface Preferences {
  readonly theme: Theme;
  readonly language: Language;
}

const storageName = "iai.preferences";
const listeners = new Set<() => void>();

function read(): Preferences {
  const fallback: Preferences = {
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    language: navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en",
  };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageName) ?? "{}");
    return { ...fallback, ...(typeof stored === "object" ? stored : {}) };
  } catch {
    return fallback; // Storage may be forbidden: the browser's own wishes stand.
  }
}

let current = read();

function publish(): void {
  document.documentElement.dataset["theme"] = current.theme;
  document.documentElement.lang = current.language === "zh" ? "zh-CN" : "en";
  for (const each of listeners) each();
}
publish();

/** Present theme and language, outside of components. */
export function preferences(): Preferences {
  return current;
}

/** Keeps a wish for the next visit, on this machine only. */
export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(storageName, JSON.stringify(current));
  } catch {
    // It then holds until the page is closed.
  }
  publish();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
