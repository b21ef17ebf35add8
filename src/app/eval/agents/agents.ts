import { createNoLanguageModel } from "../../../backends/language-model/none/no-language-model.ts";
import type { LanguageModel } from "../../../ports/language-model.ts";
import {
  atLeast,
  atMost,
  type EvalResult,
  type EvalSet,
  type EvalTable,
  percent,
} from "../eval-set.ts";
import { type CaseResult, resultOf } from "./case-result.ts";
import { type Diagnosing, openDiagnosing } from "./diagnosing.ts";
import { createHarnessModel } from "./harness-model.ts";
import { type EvalScenario, scenarios } from "./scenarios.ts";
import { isMachineFault } from "./truth.ts";
import { type WatchedRun, watch } from "./watched-run.ts";

/** Each fault on each machine runs with as many seeds. */
const SEEDS = 2;

/** A column of the bench: who diagnoses, and from which alarm. */
interface Column {
  readonly name: string;
  readonly model: LanguageModel;
  readonly from: "first" | "newest";
  readonly twins: boolean;
}

/** The agents on faults that the plant model makes, with twins that look alike and are not. */
export const agents: EvalSet = {
  name: "agents",
  title: "Diagnosis and decision on simulated faults and their twins",
  needsNoData: true,
  evaluate: () => evaluateAgents(null),
};

/** `live` null: no language model is measured, and none is claimed about. */
export async function evaluateAgents(live: LanguageModel | null): Promise<EvalResult> {
  const columns: readonly Column[] = [
    { name: "rules, first report", model: createNoLanguageModel(), from: "first", twins: false },
    { name: "rules", model: createNoLanguageModel(), from: "newest", twins: true },
    { name: "*harness*", model: createHarnessModel(), from: "newest", twins: true },
    ...(live === null
      ? []
      : [
          {
            name: `live: ${live.capabilities.model}`,
            model: live,
            from: "newest",
            twins: false,
          } as const,
        ]),
  ];
  const benches = await Promise.all(
    columns.map(async (column) => ({ column, bench: await openDiagnosing(column.model) })),
  );
  const results = new Map<string, CaseResult[]>(columns.map(({ name }) => [name, []]));
  try {
    const healthyRuns = new Set<string>();
    for (const scenario of scenarios(SEEDS)) {
      // The same machine of the same seed is healthy once, whatever would have happened to it.
      const run = watch(scenario.machine, scenario.readings);
      if (scenario.twin === "healthy") healthyRuns.add(scenario.machine.deviceId);
      for (const { column, bench } of benches) {
        if (scenario.twin !== "fault" && !column.twins) continue;
        results.get(column.name)?.push(await diagnosed(scenario, run, { column, bench }));
      }
    }
  } finally {
    for (const { bench } of benches) await bench.close();
  }
  return tell(results);
}

async function diagnosed(
  scenario: EvalScenario,
  run: WatchedRun,
  { column, bench }: { readonly column: Column; readonly bench: Diagnosing },
): Promise<CaseResult> {
  const seen = column.from === "first" ? run.first : run.newest;
  const done = seen === null ? null : await bench.diagnose(run, seen);
  return resultOf(scenario, run, done);
}

function tell(results: ReadonlyMap<string, readonly CaseResult[]>): EvalResult {
  const rules = results.get("rules") ?? [];
  const faults = of(rules, "fault").filter(({ raised }) => raised);
  const healthy = of(rules, "healthy");
  const findings = healthy.filter(({ category }) => category !== null && isMachineFault(category));
  const inverted = of(rules, "inverted");
  const mistaken = inverted.filter(({ inFirst, category }) => inFirst && category !== "unknown");
  const all = [...results.values()].flat();
  const bad = sum(all, ({ proof }) => proof.badCitations);
  const ungrounded = sum(all, ({ proof }) => proof.ungrounded);
  const inThree = percent(faults.filter((result) => result.inThree).length, faults.length);
  const inFirst = percent(faults.filter((result) => result.inFirst).length, faults.length);
  const slow = quantile(
    faults.map(({ latencyMs }) => latencyMs),
    0.95,
  );
  return {
    set: agents.name,
    goals: [
      atLeast("rules: the fault among the first three, %", inThree, 80, 1),
      atMost("rules: p95 from claim to report, ms", slow, 2_000, 0),
      atMost("findings on healthy twins", findings.length, 0, 0),
      atMost("inverted twins taken for the fault", mistaken.length, 0, 0),
      atMost("citations that lead nowhere", bad, 0, 0),
      atMost("numbers without proof in stored reports", ungrounded, 0, 0),
    ],
    tables: [columnTable(results), kindTable(results), twinTable(results)],
    numbers: {
      rules_first_three_percent: inThree,
      rules_first_percent: inFirst,
      rules_p95_ms: slow,
      healthy_runs: healthy.length,
      healthy_findings: findings.length,
      inverted_runs: inverted.length,
      inverted_mistaken: mistaken.length,
      bad_citations: bad,
      ungrounded_numbers: ungrounded,
    },
  };
}

function of(results: readonly CaseResult[], twin: CaseResult["twin"]): readonly CaseResult[] {
  return results.filter((result) => result.twin === twin);
}

function sum(results: readonly CaseResult[], value: (result: CaseResult) => number): number {
  return results.reduce((total, result) => total + value(result), 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

const share = (results: readonly CaseResult[], is: (result: CaseResult) => boolean): string =>
  results.length === 0 ? "–" : `${percent(results.filter(is).length, results.length).toFixed(0)} %`;

function columnTable(results: ReadonlyMap<string, readonly CaseResult[]>): EvalTable {
  const rows = [...results].map(([name, all]) => {
    const faults = of(all, "fault").filter(({ raised }) => raised);
    const latencies = faults.map(({ latencyMs }) => latencyMs);
    const citations = sum(faults, ({ proof }) => proof.citations);
    const good = citations - sum(faults, ({ proof }) => proof.badCitations);
    return [
      name,
      String(faults.length),
      share(faults, (result) => result.source === "llm"),
      share(faults, (result) => result.inFirst),
      share(faults, (result) => result.inThree),
      share(faults, (result) => result.abstained),
      share(faults, (result) => result.severityOk),
      share(faults, (result) => result.orderOk),
      citations === 0 ? "–" : `${percent(good, citations).toFixed(1)} %`,
      `${sum(faults, ({ proof }) => proof.ungrounded)} of ${sum(faults, ({ proof }) => proof.numbers)}`,
      String(sum(faults, ({ struck }) => struck)),
      `${quantile(latencies, 0.5).toFixed(0)} / ${quantile(latencies, 0.95).toFixed(0)}`,
      (sum(faults, ({ tokens }) => tokens) / Math.max(1, faults.length)).toFixed(0),
    ];
  });
  return {
    title: "Who diagnoses (faults that raised an alarm)",
    columns: [
      "",
      "alarms",
      "a model took part",
      "in first",
      "in first three",
      "abstains",
      "severity",
      "order type",
      "citations valid",
      "unproven numbers",
      "sentences struck",
      "p50 / p95, ms",
      "tokens",
    ],
    rows,
  };
}

function kindTable(results: ReadonlyMap<string, readonly CaseResult[]>): EvalTable {
  const rules = of(results.get("rules") ?? [], "fault");
  const early = of(results.get("rules, first report") ?? [], "fault");
  const kinds = [...new Set(rules.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const runs = rules.filter((result) => result.kind === kind);
    const raised = runs.filter((result) => result.raised);
    const firsts = early.filter((result) => result.kind === kind && result.raised);
    return [
      kind,
      String(runs.length),
      share(runs, (result) => result.raised),
      share(firsts, (result) => result.inThree),
      share(raised, (result) => result.inFirst),
      share(raised, (result) => result.inThree),
      share(raised, (result) => result.abstained),
      mostOf(raised.flatMap(({ first, inFirst }) => (inFirst || first === null ? [] : [first]))),
    ];
  });
  return {
    title: "Rules, by fault of the plant model",
    columns: [
      "fault",
      "runs",
      "alarm raised",
      "first report, in first three",
      "in first",
      "in first three",
      "abstains",
      "else mostly",
    ],
    rows,
  };
}

function mostOf(words: readonly string[]): string {
  const counts = [...Map.groupBy(words, (word) => word)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  return counts[0]?.[0] ?? "";
}

function twinTable(results: ReadonlyMap<string, readonly CaseResult[]>): EvalTable {
  const rows = ["rules", "*harness*"].flatMap((name) => {
    const all = results.get(name) ?? [];
    return (["healthy", "inverted", "sensor", "missing"] as const).map((twin) => {
      const runs = of(all, twin);
      const raised = runs.filter((result) => result.raised);
      return [
        name,
        twin,
        String(runs.length),
        String(raised.length),
        String(
          raised.filter(({ category }) => category !== null && isMachineFault(category)).length,
        ),
        String(raised.filter(({ category }) => category === "sensor_fault").length),
        String(raised.filter(({ abstained }) => abstained).length),
        String(raised.filter(({ inFirst, category }) => inFirst && category !== "unknown").length),
      ];
    });
  });
  return {
    title: "Twins",
    columns: [
      "",
      "twin",
      "runs",
      "alarms",
      "said: machine fault",
      "said: sensor",
      "abstained",
      "said: the original fault",
    ],
    rows,
  };
}
