import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createNoLanguageModel } from "../../src/backends/language-model/none/no-language-model.ts";
import type { DiagnosisReport } from "../../src/model/diagnosis.ts";
import { agentPlant } from "./agent-plant.ts";

describe("without a language model", () => {
  it("the same alarm gives the same report whenever it runs, but for its latency", async () => {
    const reports: DiagnosisReport[] = [];
    for (let run = 0; run < 2; run += 1) {
      const plant = await agentPlant(createNoLanguageModel());
      await plant.raise();
      await plant.works();
      for (const report of await plant.reports()) reports.push({ ...report, latencyMs: 0 });
    }
    assert.equal(reports.length, 2);
    assert.deepEqual(reports[0], reports[1]);
  });

  it("a report is complete and no fallback, and its course is told", async () => {
    const plant = await agentPlant(createNoLanguageModel());
    await plant.raise();
    await plant.works();
    const [report] = await plant.reports();
    assert.equal(report?.source, "rules");
    assert.equal(report?.degraded, false);
    assert.deepEqual(
      report?.agent?.steps.map(({ kind }) => kind),
      ["evidence", "rules", "checked"],
    );
  });
});
