import { type EpochMs, HOUR, type Ms } from "../../model/basics.ts";
import type { AlertRow } from "../../model/records.ts";

/** Longest time an alarm may be hidden; a P0 only by an engineer. */
export const shelvingMaxMs: Ms = 8 * HOUR;
export const shelvingMaxP0Ms: Ms = HOUR;

/** The columns of an alarm that is not shelved. */
export const endShelving = { shelvedUntil: null, shelvedBy: null, shelveReason: null } as const;

export function isShelved(row: AlertRow, now: EpochMs): boolean {
  return row.shelvedUntil !== null && row.shelvedUntil > now;
}

/** Hidden alarms live on and are counted; nobody is notified of them. */
export function isHidden(row: AlertRow, now: EpochMs): boolean {
  return isShelved(row, now) || row.suppressed || row.outOfService;
}
