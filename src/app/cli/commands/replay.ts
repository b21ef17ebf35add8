import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { DAY, type EpochMs, type Ms } from "../../../model/basics.ts";
import { openRecording, type Recording } from "../../recording/recording.ts";
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
  const key = options.key ?? process.env["IAI_KEY"];
  if (key === undefined)
    throw new IaiError(
      "USAGE",
      "Cannot replay: no key. Make one with `./iai key create --name replay --role ingest` and give it with --key",
    );
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  const recording = await openRecording({
    file: options.file,
    map: options.map,
    device: options.device ?? null,
  });
  const sender = createHttpSender({
    url: options.url,
    key,
    clock: systemClock,
    signal: abort.signal,
  });
  const totals = await replayRecording({
    recording,
    sender,
    speed: speedOf(options.speed),
    shiftToNow: options.shiftToNow === true,
    signal: abort.signal,
    quiet: options.json === true,
  });
  report(totals, options.json === true);
  return totals.accepted + totals.duplicates > 0 && !abort.signal.aborted ? 0 : 1;
}

export interface ReplayRun {
  readonly recording: Recording;
  readonly sender: HttpSender;
  readonly speed: number | null;
  readonly shiftToNow: boolean;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
}

/** Sends a whole recording; at speed N a recording of length L starts L − L/N in the past when it is shifted. */
export async function replayRecording(run: ReplayRun): Promise<Totals> {
  const { firstAt, lastAt, rows } = await run.recording.span();
  const now = systemClock.now();
  if (!run.shiftToNow && firstAt < now - RETENTION) {
    throw new IaiError(
      "TS_TOO_OLD",
      `Cannot replay: the recording begins ${new Date(firstAt).toISOString()}, before the 90 days that raw readings are kept, nothing was sent. Add --shift-to-now to move its times to the present`,
    );
  }
  const length = lastAt - firstAt;
  const endsAt = run.speed === null ? now : now + length / run.speed;
  const shift = run.shiftToNow ? Math.round(endsAt - lastAt) : 0;
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

function report(totals: Totals, json: boolean): void {
  if (json) {
    console.log(
      JSON.stringify({
        sent: totals.sent,
        accepted: totals.accepted,
        duplicates: totals.duplicates,
        rejected: totals.rejected,
        degraded: totals.degraded,
      }),
    );
    return;
  }
  console.log(`replay: ${describeTotals(totals)}`);
}
