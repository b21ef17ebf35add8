import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EpochMs, Ms } from "../../model/basics.ts";
import { type DetectedRow, detectRecording } from "../recording/detect-recording.ts";
import { isRecorded, openRecording, type Recording } from "../recording/recording.ts";
import type { RecordedRow, RefusedRow } from "../recording/row-reader.ts";
import { repositoryRoot } from "../repository.ts";

/** A recording through the product's own map of this name. */
export function openMapped(file: string, map: string): Promise<Recording> {
  const path = join(repositoryRoot, "examples", "maps", `${map}.yaml`);
  return openRecording({ file, map: path, device: null });
}

/** What the shipped detectors say of every row: the steps of the live path with their defaults. */
export async function judge(
  recording: Recording,
  learnRows: number | null = null,
): Promise<readonly DetectedRow[]> {
  const rows: DetectedRow[] = [];
  for await (const row of detectRecording(recording, { learnRows, limits: {} })) rows.push(row);
  return rows;
}

/** The recording without its first rows: a detector that lives on the clock falls apart here. */
export function withoutFirst(recording: Recording, rows: number): Recording {
  return {
    ...recording,
    everyRow: async function* () {
      let seen = 0;
      for await (const row of recording.everyRow()) {
        if (seen >= rows) yield row;
        seen += 1;
      }
    },
  };
}

/** Two recordings of one machine, the second beginning one step after the end of the first. */
export function inSequence(first: Recording, second: Recording, stepMs: Ms): Recording {
  return {
    ...first,
    everyRow: async function* () {
      let last: EpochMs = 0;
      for await (const row of first.everyRow()) {
        if (isRecorded(row)) last = row.measuredAt;
        yield row;
      }
      let shift: Ms | null = null;
      for await (const row of second.everyRow()) {
        if (!isRecorded(row)) {
          yield row;
          continue;
        }
        shift ??= last + stepMs - row.measuredAt;
        yield moved(row, shift);
      }
    },
  };
}

/** Cells of a column, for labels: detectors never see them. */
export async function readColumn(
  file: string,
  { column, separator }: { readonly column: string; readonly separator: string },
): Promise<readonly string[]> {
  const [head = "", ...lines] = (await readFile(file, "utf8")).trimEnd().split(/\r?\n/);
  const index = head.split(separator).indexOf(column);
  return lines.map((line) => line.split(separator)[index] ?? "");
}

function moved(row: RecordedRow, by: Ms): RecordedRow | RefusedRow {
  const measuredAt = row.measuredAt + by;
  return { ...row, measuredAt, wire: { ...row.wire, timestamp: measuredAt } };
}
