import { systemClock } from "../../../kernel/clock.ts";
import { silentLog } from "../../../kernel/log.ts";
import { checkLanguageModel, type LlmFinding } from "../../llm/check-language-model.ts";
import { openRunningLanguageModel } from "../../runtime/language-model.ts";
import { configOf, type SettingOptions } from "../settings.ts";

/** `iai llm check`: can the configured language model do what the agents will ask of it? */
export async function runLlmCheck(
  options: SettingOptions & { readonly json?: boolean },
): Promise<number> {
  const config = await configOf(options);
  const { languageModel } = config;
  if (languageModel.kind === "none") return tellNone(options.json === true);
  const deps = {
    config,
    clock: systemClock,
    log: silentLog,
    records: null,
    givenSecrets: async () => [],
  };
  const model = await openRunningLanguageModel(deps);
  try {
    const findings = await checkLanguageModel(model, systemClock);
    const usable = findings.every((finding) => finding.ok);
    const endpoint = { model: languageModel.model, base_url: languageModel.baseUrl };
    if (options.json === true)
      console.log(
        JSON.stringify({ configured: true, ...endpoint, usable, findings: findings.map(toWire) }),
      );
    else tell(findings, { ...endpoint, usable });
    return usable ? 0 : 1;
  } finally {
    await model.close();
  }
}

function tellNone(json: boolean): number {
  if (json) console.log(JSON.stringify({ configured: false, usable: false, findings: [] }));
  else
    console.log(
      "iai: no language model is configured; rule reports are complete reports. To use one, set languageModel.kind: openai-compatible (docs/agents.md)",
    );
  return 1;
}

const names: Readonly<Record<LlmFinding["check"], string>> = {
  answer: "answers",
  json: "JSON",
  tool_call: "tool call",
  tool_result: "answer after a tool",
  speed: "speed",
};

function tell(
  findings: readonly LlmFinding[],
  { model, base_url, usable }: { model: string; base_url: string; usable: boolean },
): void {
  console.log(`language model "${model}" at ${base_url}`);
  for (const { check, ok, found, remedy, code, elapsedMs } of findings) {
    const time = elapsedMs === null || check === "speed" ? "" : ` (${elapsedMs} ms)`;
    const tag = code === null ? "" : ` [${code}]`;
    console.log(`${ok ? "ok  " : "FAIL"} ${names[check]}: ${found}${time}${tag}`);
    if (remedy !== null) console.log(`     → ${remedy}`);
  }
  console.log(usable ? "iai: it can be used" : "iai: it can NOT be used; rule reports go on");
}

function toWire({ elapsedMs, ...finding }: LlmFinding) {
  return { ...finding, elapsed_ms: elapsedMs };
}
