import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { parse } from "yaml";
import type { BenchResult, GoalRow } from "./goals.ts";
import { benchConfig } from "./iai-system.ts";

const BEGIN = "<!-- measured by iai bench: begin -->";
const END = "<!-- measured by iai bench: end -->";

/** The options of `bench.yaml` that differ from a shipped installation, one a line. */
export function describeDifferences(): readonly string[] {
  const lines: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) {
        walk(inner, path === "" ? key : `${path}.${key}`);
      }
    } else lines.push(`${path}: ${JSON.stringify(value)}`);
  };
  walk(parse(readFileSync(benchConfig, "utf8")), "");
  return lines;
}

/** Where and when something was measured: numbers of one machine say nothing of another. */
export function describeMachine(now: Date): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  return `${now.toISOString().slice(0, 16)}Z, ${availableParallelism()} cores (${model}), Linux ${release()}, Node ${process.version}, load average ${load}, generator and peer on the same cores`;
}

/** Replaces the measured part of a Markdown file, or writes a new file. */
export function writeMarkdown(
  file: string,
  said: { readonly rows: readonly GoalRow[]; readonly result: BenchResult; readonly about: string },
): void {
  const { rows, result, about } = said;
  const table = [
    "| goal | asked | found | |",
    "|---|---|---|---|",
    ...rows.map(
      (row) =>
        `| ${row.goal} | ${row.asked} | ${row.found} | ${row.passed ? "pass" : "**miss**"} |`,
    ),
  ];
  const probes = result.rounds.map(
    ({ fsyncBefore, fsyncAfter }, n) =>
      `round ${n + 1}: ${ms(fsyncBefore.p50)} / ${ms(fsyncBefore.p99)} ms before, ${ms(fsyncAfter.p50)} / ${ms(fsyncAfter.p99)} ms after`,
  );
  const measured = [
    BEGIN,
    "",
    `${about}; ${result.rounds.length} rounds.`,
    "",
    ...table,
    "",
    `Disk, fdatasync of 250 bytes, F50 / F99: ${probes.join("; ")}.`,
    "",
    END,
  ].join("\n");
  writeFileSync(file, mergeInto(readOrEmpty(file), measured));
}

function mergeInto(page: string, measured: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) return page === "" ? `${measured}\n` : `${page}\n${measured}\n`;
  return page.slice(0, begin) + measured + page.slice(end + END.length);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

const ms = (value: number): string => value.toFixed(2);
