import type { DeviceId } from "../../model/basics.ts";
import type { LiveEvent } from "../../present/live/live-event.ts";

/** Where an event belongs. */
export interface Place {
  readonly deviceId: DeviceId;
  readonly factoryId: string;
  readonly lineId: string;
}

/** Everybody who looks: the live hub and the listeners of a command. */
export interface Audience {
  publish(event: LiveEvent): void;
  onEvent(listener: (event: LiveEvent) => void): void;
}

export function createAudience(live: { publish(event: LiveEvent): void }): Audience {
  const listeners: ((event: LiveEvent) => void)[] = [];
  return {
    publish: (event) => {
      live.publish(event);
      for (const listener of listeners) listener(event);
    },
    onEvent: (listener) => void listeners.push(listener),
  };
}

/** The place of a device, an alarm or an order; null: it is not registered (any more). */
export function placeOf(subject: Place | null): Place {
  return {
    deviceId: subject?.deviceId ?? "",
    factoryId: subject?.factoryId ?? "",
    lineId: subject?.lineId ?? "",
  };
}
