import type { EpochMs } from "../../model/basics.ts";

/** Six significant digits: what a ledger keeps, so that equal facts are equal texts on every machine. */
export function canonicalNumber(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

/** A measured value as a report prints it: about three significant digits, never in exponents. */
export function formatValue(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return value.toFixed(size >= 0.01 || size === 0 ? 3 : 5);
}

/** A share or a percentage without sign: whole above 10, else one decimal. */
export function formatPercent(percent: number): string {
  const size = Math.abs(percent);
  return size.toFixed(size >= 10 ? 0 : 1);
}

/** `g/min`, `(L/min)/min`, `/min`: the unit of a rate. */
export function rateUnit(unit: string, per: "min" | "h"): string {
  if (unit === "1" || unit === "") return `/${per}`;
  return unit.includes("/") ? `(${unit})/${per}` : `${unit}/${per}`;
}

/** Writes instants as the plant's own clock shows them. */
export interface PlantTime {
  /** HH:MM:SS */
  time(at: EpochMs): string;
  /** YYYY-MM-DD */
  date(at: EpochMs): string;
}

/** Formats in an IANA time zone; throws on one that does not exist. */
export function createPlantTime(timeZone: string): PlantTime {
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const date = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return { time: (at) => time.format(at), date: (at) => date.format(at) };
}
