import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../../kernel/log.ts";
import { DAY, type EpochMs } from "../../../model/basics.ts";
import { DayFile } from "./day-file.ts";
import { EpisodeFile } from "./episode-file.ts";
import { asTelemetryError } from "./errors.ts";
import { MonthFile } from "./month-file.ts";
import type { FileAccess } from "./sqlite-file.ts";

type OpenFile = DayFile | MonthFile;

const dayName = /^(\d{4}-\d{2}-\d{2})\.db$/;
const monthName = /^minutes-(\d{4}-\d{2})\.db$/;

/**
 * The folder of the store: one file a day of readings, one a month of roll-ups, one of episodes. Keeps a bounded
 * number of them open. Deleting a time means deleting its file, which frees its space at once.
 */
export class TelemetryFiles {
  readonly episodes: EpisodeFile;
  readonly #folder: string;
  readonly #openMax: number;
  readonly #access: FileAccess;
  readonly #days = new Set<EpochMs>();
  readonly #months = new Set<EpochMs>();
  /** Least recently used first. */
  readonly #open = new Map<string, OpenFile>();

  constructor(folder: string, openMax: number, access: FileAccess = "owner") {
    this.#folder = folder;
    this.#openMax = openMax;
    this.#access = access;
    if (access === "owner") mkdirSync(this.#folder, { recursive: true });
    this.episodes = new EpisodeFile(join(this.#folder, "episodes.db"), access);
    for (const name of readdirSync(this.#folder)) {
      const day = dayName.exec(name)?.[1];
      if (day !== undefined) this.#days.add(Date.parse(`${day}T00:00:00Z`));
      const month = monthName.exec(name)?.[1];
      if (month !== undefined) this.#months.add(Date.parse(`${month}-01T00:00:00Z`));
    }
  }

  /** Days that have a file, in time order. */
  days(): readonly EpochMs[] {
    return [...this.#days].sort((a, b) => a - b);
  }

  months(): readonly EpochMs[] {
    return [...this.#months].sort((a, b) => a - b);
  }

  /** The file of the day that holds `at`; null: there is none. */
  findDay(at: EpochMs): DayFile | null {
    return this.#days.has(dayOf(at)) ? this.day(at) : null;
  }

  /** The file of the day that holds `at`, made when there is none. */
  day(at: EpochMs): DayFile {
    const day = dayOf(at);
    const file = this.#use(dayFileName(day), (path) => new DayFile(path, this.#access));
    this.#days.add(day);
    return file;
  }

  findMonth(at: EpochMs): MonthFile | null {
    return this.#months.has(monthOf(at)) ? this.month(at) : null;
  }

  month(at: EpochMs): MonthFile {
    const month = monthOf(at);
    const file = this.#use(monthFileName(month), (path) => new MonthFile(path, this.#access));
    this.#months.add(month);
    return file;
  }

  /** Deletes the day's file; tells how many bytes that freed. */
  removeDay(day: EpochMs): number {
    this.#days.delete(day);
    return this.#remove(dayFileName(day));
  }

  removeMonth(month: EpochMs): number {
    this.#months.delete(month);
    return this.#remove(monthFileName(month));
  }

  /** Puts a damaged day aside, so that the others go on; a rebuild from the log can make it anew. */
  setAside(day: EpochMs, failure: unknown, log: Log): void {
    const name = dayFileName(day);
    this.#close(name);
    this.#days.delete(day);
    renameSync(join(this.#folder, name), join(this.#folder, `${name}.damaged`));
    const error = asTelemetryError(failure, `read ${name}`).message;
    log.error("telemetry.file.damaged", { file: name, movedTo: `${name}.damaged`, error });
  }

  /** Size of everything in the folder. */
  bytes(): number {
    let total = 0;
    for (const name of readdirSync(this.#folder)) total += this.#sizeOf(name);
    return total;
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.#close(name);
    this.episodes.close();
  }

  #use<F extends OpenFile>(name: string, open: (path: string) => F): F {
    const known = this.#open.get(name);
    this.#open.delete(name);
    // The name says which of the two kinds it is.
    const file = (known as F | undefined) ?? this.#openFile(name, open);
    this.#open.set(name, file);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#openMax) break;
      this.#close(oldest);
    }
    return file;
  }

  #openFile<F extends OpenFile>(name: string, open: (path: string) => F): F {
    try {
      return open(join(this.#folder, name));
    } catch (failure) {
      throw asTelemetryError(failure, `open telemetry/${name}`);
    }
  }

  #close(name: string): void {
    this.#open.get(name)?.close();
    this.#open.delete(name);
  }

  #remove(name: string): number {
    this.#close(name);
    let freed = 0;
    for (const part of [name, `${name}-wal`, `${name}-shm`]) {
      freed += this.#sizeOf(part);
      rmSync(join(this.#folder, part), { force: true });
    }
    return freed;
  }

  #sizeOf(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
}

/** Begin of the UTC day. */
export function dayOf(at: EpochMs): EpochMs {
  return Math.floor(at / DAY) * DAY;
}

/** Begin of the UTC month. */
export function monthOf(at: EpochMs): EpochMs {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

/** Begin of the month after. */
export function nextMonth(month: EpochMs): EpochMs {
  const date = new Date(month);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

function dayFileName(day: EpochMs): string {
  return `${new Date(day).toISOString().slice(0, 10)}.db`;
}

function monthFileName(month: EpochMs): string {
  return `minutes-${new Date(month).toISOString().slice(0, 7)}.db`;
}
