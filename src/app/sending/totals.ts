import type { SendAnswer } from "./http-sender.ts";

/** What became of everything that was sent. */
export interface Totals {
  sent: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  degraded: number;
  /** First rejection, as an example for the reader. */
  firstRejection: string | null;
}

export function noTotals(): Totals {
  return { sent: 0, accepted: 0, duplicates: 0, rejected: 0, degraded: 0, firstRejection: null };
}

export function addAnswer(totals: Totals, sent: number, answer: SendAnswer): void {
  totals.sent += sent;
  totals.accepted += answer.accepted;
  totals.duplicates += answer.duplicates;
  totals.rejected += answer.rejected.length;
  totals.degraded += answer.degraded.length;
  const first = answer.rejected[0];
  if (first !== undefined) totals.firstRejection ??= `${first.code}: ${first.detail}`;
}

/** One line that changes in place on a terminal, and a plain line now and then elsewhere. */
export function createProgress(
  stream: NodeJS.WriteStream,
  now: () => number,
): { show(text: string): void; end(): void } {
  let shownAt = 0;
  const live = stream.isTTY === true;
  const everyMs = live ? 200 : 5_000;
  return {
    show: (text) => {
      if (now() - shownAt < everyMs) return;
      shownAt = now();
      stream.write(live ? `\r\u001b[2K${text}` : `${text}\n`);
    },
    end: () => {
      if (live) stream.write("\r\u001b[2K");
    },
  };
}

/** What became of everything, in words; a rejection is shown as an example. */
export function describeTotals(totals: Totals): string {
  const example = totals.firstRejection === null ? "" : ` (first: ${totals.firstRejection})`;
  const { sent, accepted, duplicates, rejected, degraded } = totals;
  return `${sent} sent, ${accepted} accepted, ${duplicates} duplicates, ${rejected} rejected${example}, ${degraded} degraded values`;
}
