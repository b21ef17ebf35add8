import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BoostedTrees,
  growBoostedTrees,
  predictTrees,
} from "../../pipeline/predict/trees/boosted-trees.ts";
import { atLeast, type EvalResult, type EvalSet, percent } from "./eval-set.ts";

/** Machine states without a time axis: what the trees of `iai train` make of rows that are independent. */
export const ai4i: EvalSet = {
  name: "ai4i",
  title: "AI4I: machine states, whole blocks of rows held out",
  evaluate,
};

const FILE = "ai4i2020_dev.csv";
const FOLDS = 5;
/** Neighbouring rows share their air; blocks of them are held out, never single rows. */
const BLOCK_ROWS = 100;
const THRESHOLD = 0.5;
/** Modes with a cause; RNF is failure by chance, which nobody can name. */
const modes = ["TWF", "HDF", "PWF", "OSF"] as const;
type Mode = (typeof modes)[number];

/** What a mill knows of itself, and what an engineer would work out of it. */
const names = [
  "air_k",
  "process_k",
  "speed_rpm",
  "torque_nm",
  "wear_min",
  "quality",
  "power_w",
  "difference_k",
  "wear_times_torque",
  "strain_by_quality",
] as const;
const QUALITY: Readonly<Record<string, number>> = { L: 0, M: 1, H: 2 };
/** Heavier tools bear more: an eleventh, twelfth, thirteenth of the same load. */
const STRENGTH = [11, 12, 13] as const;

interface MachineState {
  readonly features: readonly number[];
  readonly failed: boolean;
  readonly modes: readonly Mode[];
}

interface Judged {
  readonly state: MachineState;
  readonly probability: number;
  readonly named: Mode;
}

async function evaluate(folder: string): Promise<EvalResult> {
  const states = await readStates(join(folder, FILE));
  const judged = heldOut(states, (row) => Math.floor(row / BLOCK_ROWS) % FOLDS);
  const long = heldOut(states, (row) => Math.floor((row * FOLDS) / states.length));
  const { alarmed, failed, right, f1 } = scoreOf(judged);
  const withMode = right.filter(({ state }) => state.modes.length > 0);
  const named = withMode.filter(({ state, named }) => state.modes.includes(named));
  const share = percent(named.length, withMode.length);
  return {
    set: ai4i.name,
    goals: [
      atLeast(`F1 at probability 0.5, blocks of ${BLOCK_ROWS} rows held out`, f1, 0.8),
      atLeast("mode named right, % of the failures that were found", share, 90, 1),
    ],
    tables: [
      {
        title: "By mode, rows of blocks that the trees had not seen",
        columns: ["mode", "failures", "found", "named right"],
        rows: [...modes, null].map((mode) => rowOf(mode, failed)),
      },
      {
        title: "By what is held out",
        columns: ["held out", "F1", "precision", "recall"],
        rows: [
          scoreRow(`every fifth block of ${BLOCK_ROWS} rows`, judged),
          scoreRow("one long fifth of the file", long),
        ],
      },
    ],
    numbers: {
      f1,
      precision: right.length / Math.max(1, alarmed.length),
      recall: right.length / Math.max(1, failed.length),
      mode_named: share / 100,
    },
  };
}

interface Score {
  readonly alarmed: readonly Judged[];
  readonly failed: readonly Judged[];
  readonly right: readonly Judged[];
  readonly f1: number;
}

function scoreOf(judged: readonly Judged[]): Score {
  const alarmed = judged.filter(({ probability }) => probability >= THRESHOLD);
  const right = alarmed.filter(({ state }) => state.failed);
  const failed = judged.filter(({ state }) => state.failed);
  const f1 = (2 * right.length) / Math.max(1, alarmed.length + failed.length);
  return { alarmed, failed, right, f1 };
}

function scoreRow(name: string, judged: readonly Judged[]): readonly string[] {
  const { alarmed, failed, right, f1 } = scoreOf(judged);
  const share = (of: readonly Judged[]): string =>
    (right.length / Math.max(1, of.length)).toFixed(2);
  return [name, f1.toFixed(3), share(alarmed), share(failed)];
}

function rowOf(mode: Mode | null, failed: readonly Judged[]): readonly string[] {
  const own = failed.filter(({ state }) =>
    mode === null ? state.modes.length === 0 : state.modes.includes(mode),
  );
  const found = own.filter(({ probability }) => probability >= THRESHOLD);
  const right = found.filter(({ state, named }) => state.modes.includes(named));
  return [
    mode ?? "no mode given",
    String(own.length),
    String(found.length),
    mode === null ? "–" : String(right.length),
  ];
}

function heldOut(
  states: readonly MachineState[],
  foldOf: (row: number) => number,
): readonly Judged[] {
  return Array.from({ length: FOLDS }, (_, fold) => {
    const learned = states.filter((_, row) => foldOf(row) !== fold);
    const held = states.filter((_, row) => foldOf(row) === fold);
    return judgeStates(learned, held);
  }).flat();
}

/** A tree model per mode, grown on other states; a machine fails that fails in any of them. */
function judgeStates(
  learned: readonly MachineState[],
  held: readonly MachineState[],
): readonly Judged[] {
  const columns = names.map((_, f) =>
    Float64Array.from(learned, ({ features }) => features[f] ?? 0),
  );
  const models = modes.map((mode): [Mode, BoostedTrees] => {
    const target = Float64Array.from(learned, (state) => (state.modes.includes(mode) ? 1 : 0));
    const trees = {
      loss: "logistic",
      trees: 200,
      depth: 4,
      leafRowsMin: 5,
      featureShare: 0.6,
      rowShare: 0.8,
      bins: 256,
      shrinkage: 0.1,
    } as const;
    return [mode, growBoostedTrees({ names, columns, target }, trees)];
  });
  return held.map((state) => {
    const said = models.map(([mode, model]) => ({
      mode,
      p: predictTrees(model, state.features),
    }));
    const strongest = said.reduce((best, one) => (one.p > best.p ? one : best));
    const none = said.reduce((product, { p }) => product * (1 - p), 1);
    return { state, probability: 1 - none, named: strongest.mode };
  });
}

async function readStates(file: string): Promise<readonly MachineState[]> {
  const [head = "", ...lines] = (await readFile(file, "utf8")).trim().split(/\r?\n/);
  const columns = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    const text = (name: string): string => cells[columns.indexOf(name)] ?? "";
    const value = (name: string): number => Number(text(name));
    return {
      features: featuresOf({
        quality: QUALITY[text("Type")] ?? 0,
        air: value("Air temperature [K]"),
        process: value("Process temperature [K]"),
        speed: value("Rotational speed [rpm]"),
        torque: value("Torque [Nm]"),
        wear: value("Tool wear [min]"),
      }),
      failed: value("Machine failure") === 1,
      modes: modes.filter((mode) => value(mode) === 1),
    };
  });
}

function featuresOf(mill: {
  readonly quality: number;
  readonly air: number;
  readonly process: number;
  readonly speed: number;
  readonly torque: number;
  readonly wear: number;
}): readonly number[] {
  const { quality, air, process, speed, torque, wear } = mill;
  const power = (torque * speed * 2 * Math.PI) / 60;
  const strain = wear * torque;
  return [
    air,
    process,
    speed,
    torque,
    wear,
    quality,
    power,
    process - air,
    strain,
    strain / (STRENGTH[quality] ?? 11),
  ];
}
