import type { DeviceInput } from "../../model/device.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";

/** A running IAI as the commands that start one see it. */
export interface Runtime {
  readonly apiUrl: string;
  /** null: the console is switched off. */
  readonly consoleUrl: string | null;
  /** Link that lets the first administrator choose a password; null: there is one already. */
  readonly setupLink: string | null;
  /** Hears everything that the live stream hears. */
  onEvent(listener: (event: LiveEvent) => void): void;
  registerDevice(input: DeviceInput): Promise<void>;
  /** A user with a random password and a key to send with. */
  createDemoAccess(): Promise<{
    readonly userName: string;
    readonly password: string;
    readonly key: string;
  }>;
  /** Stops accepting, lets the stations finish what they hold, closes everything. Idempotent. */
  close(): Promise<void>;
}
