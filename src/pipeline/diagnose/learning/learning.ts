import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { IdSource } from "../../../kernel/ids.ts";
import type { Log } from "../../../kernel/log.ts";
import type { Principal } from "../../../model/access.ts";
import type { RecordStore, RecordTransaction } from "../../../ports/record-store.ts";
import type { CauseWeights } from "../rule-engine/cause-weights.ts";
import { type CauseExperience, weighCauses, weightsFor } from "./cause-weights.ts";
import { RESTORE, type ReadCases, readCases, WITHDRAW, type Withdrawal } from "./judged-case.ts";
import type { LearningProposal } from "./proposal.ts";
import { proposeRules } from "./propose-rules.ts";
import { proposeSigns } from "./propose-signs.ts";

interface By {
  readonly principal: Principal;
  readonly reason: string | null;
}

export interface LearningOverview {
  /** Close-outs that count. */
  readonly verdicts: number;
  readonly withdrawn: readonly Withdrawal[];
  readonly causes: readonly CauseExperience[];
  readonly proposals: readonly LearningProposal[];
}

/**
 * What the close-outs teach. Everything is computed anew from the verdicts: nothing is accumulated, so a verdict
 * that is withdrawn leaves no trace in the weights.
 */
export interface Learning {
  overview(): Promise<LearningOverview>;
  /**
   * Factors of a type of device for the rules, as they were read last: a diagnosis never waits for them. Those older
   * than a minute are read anew meanwhile; without the records every cause counts as it did.
   */
  causeWeights(deviceType: string): CauseWeights;
  /** Reads the weights anew; never rejects. */
  refresh(): Promise<void>;
  /** The verdict of an order counts no longer. Throws NOT_FOUND, STATE_REFUSED when it does not count already. */
  withdraw(orderNo: string, by: By): Promise<void>;
  /** It counts again. Throws NOT_FOUND, STATE_REFUSED when it counts. */
  restore(orderNo: string, by: By): Promise<void>;
  /** The proposal is not shown again. Throws NOT_FOUND. */
  dismiss(proposalId: string, by: By): Promise<void>;
  /** Throws NOT_FOUND: the proposal was accepted, dismissed, or no longer follows from the close-outs. */
  proposal(proposalId: string): Promise<LearningProposal>;
}

/** Weights change with close-outs, a few a day: a diagnosis does not read them anew each time. */
const WEIGHTS_AGE_MS = 60_000;
const DISMISS = "dismiss_proposal";

interface LearningDeps {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
}

export function createLearning(deps: LearningDeps): Learning {
  const { records, clock, log } = deps;
  let known: readonly CauseExperience[] = [];
  let readAt = Number.NEGATIVE_INFINITY;

  const refresh = async (): Promise<void> => {
    // Before the reading: many diagnoses at one time start it once.
    readAt = clock.monotonic();
    try {
      known = weighCauses((await records.read(readCases)).cases);
    } catch (failure) {
      log.warn("learning.weights.unread", { error: String(failure) });
    }
  };
  const overview = (): Promise<LearningOverview> => records.read(readOverview);
  const proposal = async (proposalId: string): Promise<LearningProposal> => {
    const found = (await overview()).proposals.find(({ id }) => id === proposalId);
    if (found !== undefined) return found;
    throw new IaiError(
      "NOT_FOUND",
      `Cannot find proposal "${proposalId}": it was accepted or dismissed, or no longer follows from the close-outs`,
    );
  };
  const judge = async (orderNo: string, action: string, by: By): Promise<void> => {
    await records.transaction((tx) => judgeAgain(tx, deps, { orderNo, action, by }));
    await refresh();
  };

  return {
    overview,
    refresh,
    causeWeights: (deviceType) => {
      if (clock.monotonic() - readAt >= WEIGHTS_AGE_MS) void refresh();
      return weightsFor(known, deviceType);
    },
    proposal,
    withdraw: (orderNo, by) => judge(orderNo, WITHDRAW, by),
    restore: (orderNo, by) => judge(orderNo, RESTORE, by),
    dismiss: async (proposalId, by) => {
      const { target } = await proposal(proposalId);
      await records.transaction((tx) =>
        remember(tx, deps, { subject: target, subjectId: proposalId, action: DISMISS, by }),
      );
    },
  };
}

async function readOverview(tx: Pick<RecordTransaction, "list">): Promise<LearningOverview> {
  const { cases, withdrawn }: ReadCases = await readCases(tx);
  const causes = weighCauses(cases);
  if (cases.length === 0) return { verdicts: 0, withdrawn, causes, proposals: [] };
  const entries = await tx.list("maintenance_kb", { where: { status: "ACTIVE" } });
  const rules = await tx.list("rule", { where: { current: true } });
  const dismissed = await tx.list("history", { where: { action: DISMISS } });
  const gone = new Set(dismissed.map(({ subjectId }) => subjectId));
  const proposals = [...proposeSigns(entries, cases), ...proposeRules(rules, cases)];
  return {
    verdicts: cases.length,
    withdrawn,
    causes,
    proposals: proposals.filter(({ id }) => !gone.has(id)),
  };
}

async function judgeAgain(
  tx: RecordTransaction,
  deps: LearningDeps,
  wanted: { readonly orderNo: string; readonly action: string; readonly by: By },
): Promise<void> {
  const { orderNo, action, by } = wanted;
  if ((await tx.find("verdict", { orderNo })) === null)
    throw new IaiError("NOT_FOUND", `Cannot find a verdict of order "${orderNo}": there is none`);
  const { withdrawn } = await readCases(tx);
  const isWithdrawn = withdrawn.some((item) => item.orderNo === orderNo);
  if (isWithdrawn === (action === WITHDRAW)) {
    const state = isWithdrawn ? "withdrawn already" : "in force";
    const message = `Cannot change the verdict of order "${orderNo}": it is ${state}; nothing was changed`;
    throw new IaiError("STATE_REFUSED", message);
  }
  await remember(tx, deps, { subject: "order", subjectId: orderNo, action, by });
}

async function remember(
  tx: RecordTransaction,
  { clock, ids }: LearningDeps,
  entry: {
    readonly subject: "order" | "kb" | "rule";
    readonly subjectId: string;
    readonly action: string;
    readonly by: By;
  },
): Promise<void> {
  const { subject, subjectId, action, by } = entry;
  await tx.insert("history", {
    historyId: ids.next(),
    subject,
    subjectId,
    at: clock.now(),
    actor: by.principal.name,
    action,
    reason: by.reason,
    detail: {},
  });
}
