import type {
  BilingualText,
  FaultCategory,
  FaultSign,
  KnowledgeEntry,
  SignPattern,
} from "../../../../model/diagnosis.ts";
import { referenceOf, type SourceName } from "./sources.ts";

/** An entry as it ships: it gets its time when it is stored. */
export type SeedEntry = Omit<KnowledgeEntry, "createdAt">;

/** Chinese and English. */
export type Both = readonly [zh: string, en: string];

/** One shipped entry in the short form in which the tables of this folder are written. */
export interface ShippedRow {
  readonly id: string;
  /** Group that a report names; codes and name say what it is exactly. */
  readonly category: FaultCategory;
  readonly codes: readonly [mode: string, mechanism: string];
  readonly component: Both;
  readonly name: Both;
  readonly symptoms: Both;
  readonly cause: Both;
  readonly action: Both;
  readonly prevention: Both;
  readonly urgency: Both;
  readonly signs: readonly (readonly [
    metric: string,
    direction: FaultSign["direction"],
    strength: number,
    pattern?: SignPattern,
  ])[];
  readonly discriminators: readonly Both[];
  /** What can be done at the running machine, cheapest first. */
  readonly checks: readonly Both[];
  /** What is looked at once the machine is safe: the lock-out is put before it. */
  readonly opened: Both;
  readonly parts: readonly string[];
  readonly hours: number;
  readonly sources: readonly (readonly [SourceName, string])[];
  /** Raised when the content changes, so that plants that did not edit the entry get the new one. */
  readonly revision?: number;
}

/** What has to be taken away before somebody opens it. */
export type Energy = "rotation" | "pressure" | "electricity" | "process";

const lockOut: Readonly<Record<Energy, Both>> = {
  rotation: [
    "停机、断电、挂牌上锁并确认无残余能量后，",
    "Stop, isolate, lock out and tag, prove zero energy; then ",
  ],
  pressure: [
    "停机、断电、关阀、泄压、挂牌上锁并确认后，",
    "Stop, isolate, close the valves, relieve pressure, lock out and tag, prove it safe; then ",
  ],
  electricity: [
    "停机、断电、验电、放电、挂牌上锁后，由有资质的电工",
    "Stop, isolate, prove dead, discharge, lock out and tag; then let a qualified electrician ",
  ],
  process: [
    "按规程隔离过程介质与电源、挂牌上锁后，",
    "Isolate process and supply, lock out and tag as the procedure says; then ",
  ],
};

/** The rows of one type of device as entries. */
export function shippedRows(
  deviceType: string,
  energy: Energy,
  rows: readonly ShippedRow[],
): readonly SeedEntry[] {
  return rows.map((row) => ({
    kbId: row.id,
    deviceType,
    category: row.category,
    failureMode: row.codes[0],
    failureMechanism: row.codes[1],
    component: both(row.component),
    faultPattern: both(row.name),
    symptoms: both(row.symptoms),
    rootCause: both(row.cause),
    solution: both(row.action),
    prevention: both(row.prevention),
    urgency: both(row.urgency),
    signs: row.signs.map(([metric, direction, strength, pattern]) => ({
      metric,
      direction,
      strength,
      ...(pattern === undefined ? {} : { pattern }),
    })),
    discriminators: row.discriminators.map(both),
    checks: [...row.checks, afterLockOut(energy, row.opened)].map(both),
    parts: row.parts,
    estimatedHours: row.hours,
    source: "MANUAL",
    reference: referenceOf(row.sources),
    licence: "CC0-1.0",
    version: 1,
    status: "ACTIVE",
    supersededBy: null,
    shippedRevision: row.revision ?? 1,
  }));
}

function both([zh, en]: Both): BilingualText {
  return { zh, en };
}

function afterLockOut(energy: Energy, [zh, en]: Both): Both {
  return [lockOut[energy][0] + zh, lockOut[energy][1] + en];
}
