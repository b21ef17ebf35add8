import { asIaiError } from "../../../kernel/errors.ts";
import type { Evidence } from "../../../model/diagnosis.ts";
import type { ModelToolCall } from "../../../ports/language-model.ts";
import type { EvidenceDraft } from "../evidence-draft.ts";
import type { EvidenceLedger } from "../evidence-ledger.ts";
import type { EvidenceDeps } from "../evidence-sources.ts";
import { agentTools, type ToolScope } from "./agent-tools.ts";
import { cleanData, cleanName } from "./hygiene.ts";
import { readArguments, type ToolArguments } from "./tool-arguments.ts";

/** The ledger of a running investigation: it only grows, and not without end. */
export interface GrowingLedger {
  current(): EvidenceLedger;
  /** What fits of the drafts, numbered on; what is there already keeps its number. */
  add(drafts: readonly EvidenceDraft[]): readonly Evidence[];
}

/** Facts that tools may add to one diagnosis. */
const ADDED_MAX = 40;

export function growLedger(start: EvidenceLedger): GrowingLedger {
  let ledger = start;
  return {
    current: () => ledger,
    add: (drafts) =>
      drafts.flatMap((draft) => {
        const same = ledger.evidence.find((item) => isSame(item, draft));
        if (same !== undefined) return [same];
        const { length } = ledger.evidence;
        if (length >= start.evidence.length + ADDED_MAX) return [];
        const item = { id: `E${length + 1}`, ...draft };
        ledger = { ...ledger, evidence: [...ledger.evidence, item] };
        return [item];
      }),
  };
}

function isSame(item: Evidence, draft: EvidenceDraft): boolean {
  return (
    item.kind === draft.kind &&
    item.metric === draft.metric &&
    item.query === draft.query &&
    JSON.stringify(item.value) === JSON.stringify(draft.value)
  );
}

export interface ToolOutcome {
  /** As the model is told it. */
  readonly json: unknown;
  readonly isError: boolean;
  readonly evidence: readonly Evidence[];
  /** null: there is no such tool. */
  readonly tool: string | null;
  readonly args: ToolArguments;
}

/** Largest result of one call, as JSON. */
const RESULT_MAX = 6_000;

/** Runs what a model asked for, if it is on the list, well formed and within the alarm's line; never throws. */
export async function runTool(
  call: ModelToolCall,
  context: {
    readonly scope: ToolScope;
    readonly deps: EvidenceDeps;
    readonly ledger: GrowingLedger;
  },
): Promise<ToolOutcome> {
  const tool = agentTools.find(({ name }) => name === call.name);
  if (tool === undefined) return refuse(null, "there is no such tool");
  const read = readArguments(call.input, tool.specs);
  if (!read.ok) return refuse(tool.name, read.reason);
  const deviceId = read.args["device_id"];
  if (typeof deviceId === "string" && !context.scope.devices.includes(deviceId)) {
    return refuse(tool.name, "this device is not the alarm's and not on its line");
  }
  try {
    const { drafts, beside } = await tool.run(read.args, context.scope, context.deps);
    const evidence = context.ledger.add(drafts);
    const json = bounded(evidence, beside);
    return { json, isError: false, evidence, tool: tool.name, args: read.args };
  } catch (failure) {
    // The message of a failure may name hosts and paths: the code is enough.
    return refuse(tool.name, asIaiError(failure, "run a tool").code);
  }
}

function refuse(tool: string | null, error: string): ToolOutcome {
  return { json: { error }, isError: true, evidence: [], tool, args: {} };
}

/** A fact as a model reads it. */
export function factOf({ id, kind, metric, value, unit }: Evidence): unknown {
  // Why a source did not answer may name hosts and paths; who set a mode is nobody's business here.
  const { reason: _, modeSource: __, ...rest } = value;
  const name = metric === null ? null : cleanName(metric);
  return cleanData({ id, kind, metric: name, unit, value: rest });
}

function bounded(evidence: readonly Evidence[], beside: unknown): unknown {
  const facts = evidence.map(factOf);
  const clean = cleanData(beside);
  for (let count = facts.length; count > 0; count -= 1) {
    const json = { facts: facts.slice(0, count), data: clean };
    if (JSON.stringify(json).length <= RESULT_MAX) return json;
  }
  return { facts: facts.slice(0, 1) };
}
