import type { EpochMs } from "../../model/basics.ts";
import { counters } from "../../model/records.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";

/** Hands out WO-YYYYMMDD-NNNN inside the transaction that stores the order. */
export type OrderNumbers = (tx: RecordTransaction, now: EpochMs) => Promise<string>;

/** Numbers count up per day of the plant's time zone; a rolled back transaction gives its number back. */
export function createOrderNumbers(timeZone: string): OrderNumbers {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return async (tx, now) => {
    const day = format.format(now).replaceAll("-", "");
    const number = await tx.next(counters.order(day));
    return `WO-${day}-${String(number).padStart(4, "0")}`;
  };
}
