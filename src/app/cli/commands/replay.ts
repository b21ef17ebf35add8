import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { DAY, type EpochMs, isIdentifier, type Ms } from "../../../model/basics.ts";
import { openRecording, type Recording, type RecordingSpan } from "../../recording/recording.ts";
import {
  createHttpSender,
  type HttpSender,
  type Pace,
  type WireReading,
  waitFor,
} from "../../sending/http-sender.ts";
import {
  addAnswer,
  createProgress,
  describeTotals,
  noTotals,
  type Totals,
} from "../../sending/totals.ts";
import { onStopSignal } from "../stop-signals.ts";

export interface ReplayOptions {
  readonly file: string;
  readonly map: string;
  readonly device?: string;
  /** A number, or `max`. */
  readonly speed: string;
  readonly shiftToNow?: boolean;
  readonly url: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** Raw retention that a recording without `--shift-to-now` is measured against. */
const RETENTION: Ms = 90 * DAY;
const BATCH = 200;

/** `iai replay`: a recording through the public HTTP ingest, in order, with progress. */
export async function runReplay(options: ReplayOptions): Promise<number> {
  const speed = speedOf(options.speed);
  const shiftToNow = options.shiftToNow === true;
  const abort = new AbortController();
  onStopSignal(() => abort.abort());
  const recording = await openRecording({
    file: options.file,
    map: options.map,
    device: deviceOf(options.device),
  });
  const span = await recording.span();
  if (!shiftToNow) refuseOld(span);
  const sender = createHttpSender({
    url: options.url,
    key: keyOf(options.key),
    clock: systemClock,
    signal: abort.signal,
  });
  await sender.greet();
  const totals = await replayRecording({
    recording,
    span,
    sender,
    speed,
    shiftToNow,
    signal: abort.signal,
    quiet: options.json === true,
  });
  report(totals, span.refused, options.json === true);
  return totals.accepted + totals.duplicates > 0 && !abort.signal.aborted ? 0 : 1;
}

function keyOf(option: string | undefined): string {
  const key = option ?? process.env["IAI_KEY"];
  if (key !== undefined && key !== "") return key;
  const remedy = "`./iai key create --name replay --role ingest`";
  throw new IaiError(
    "USAGE",
    `Cannot replay: no key, nothing was sent. Make one with ${remedy} and give it with --key`,
  );
}

function deviceOf(text: string | undefined): string | null {
  if (text === undefined || isIdentifier(text)) return text ?? null;
  const allowed = "an id of 1–50 characters";
  throw new IaiError("USAGE", `Cannot replay: --device must be ${allowed}, got "${text}"`);
}

/** Ingest would refuse row after row; better nothing is sent at all. */
function refuseOld({ firstAt }: RecordingSpan): void {
  if (firstAt >= systemClock.now() - RETENTION) return;
  const begins = new Date(firstAt).toISOString();
  throw new IaiError(
    "TS_TOO_OLD",
    `Cannot replay: the recording begins ${begins}, before the 90 days that raw readings are kept, nothing was sent. Add --shift-to-now to move its times to the present`,
  );
}

export interface ReplayRun {
  readonly recording: Recording;
  readonly span: RecordingSpan;
  readonly sender: HttpSender;
  readonly speed: number | null;
  readonly shiftToNow: boolean;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
}

/**
 * Sends a whole recording. Shifted, its last row is sent at its own time: at speed N a recording of length L starts
 * L − L/N in the past. Slower than real time it starts now, since no reading may come from the future.
 */
export async function replayRecording(run: ReplayRun): Promise<Totals> {
  const { firstAt, lastAt, rows } = run.span;
  const now = systemClock.now();
  const length = lastAt - firstAt;
  const endsAt = run.speed === null ? now : now + length / run.speed;
  const shift = run.shiftToNow ? Math.round(Math.min(endsAt - lastAt, now - firstAt)) : 0;
  const pace: Pace = { speed: run.speed, startAt: firstAt, begunAt: systemClock.monotonic() };
  return sendRows(run, { pace, shift, rows });
}

async function sendRows(
  run: ReplayRun,
  plan: { readonly pace: Pace; readonly shift: Ms; readonly rows: number },
): Promise<Totals> {
  const totals = noTotals();
  const progress = createProgress(process.stderr, () => systemClock.now());
  let batch: WireReading[] = [];
  let newest: EpochMs = plan.pace.startAt;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    addAnswer(totals, batch.length, await run.sender.send(batch));
    batch = [];
    if (!run.quiet)
      progress.show(
        `replay: ${totals.sent} of ${plan.rows} rows, ${totals.accepted} accepted, event time ${new Date(newest + plan.shift).toISOString()}`,
      );
  };
  for await (const row of run.recording.rows()) {
    if (run.signal.aborted) break;
    const due = row.measuredAt;
    // What is due now goes out before the wait for the next row.
    if (plan.pace.speed !== null && (due - newest) / plan.pace.speed > 5) await flush();
    newest = due;
    await waitFor(due, plan.pace, systemClock, run.signal);
    batch.push({ ...row.wire, timestamp: due + plan.shift });
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  progress.end();
  return totals;
}

function speedOf(text: string): number | null {
  if (text === "max") return null;
  const speed = Number(text);
  if (!(speed > 0))
    throw new IaiError(
      "USAGE",
      `Cannot replay: --speed must be a number above 0 or "max", got "${text}"`,
    );
  return speed;
}

function report(totals: Totals, refused: number, json: boolean): void {
  if (json) {
    const { sent, accepted, duplicates, rejected, degraded } = totals;
    console.log(
      JSON.stringify({ sent, accepted, duplicates, rejected, degraded, unsent: refused }),
    );
    return;
  }
  const unsent = refused === 0 ? "" : `, ${refused} rows without device or time not sent`;
  console.log(`replay: ${describeTotals(totals)}${unsent}`);
}
