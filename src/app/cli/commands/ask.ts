import { type ErrorCode, errorCatalogue, IaiError } from "../../../kernel/errors.ts";
import type { Language } from "../../../wire/basics.ts";
import type { ProblemOut } from "../../../wire/problem.ts";
import type { AnswerOut } from "../../../wire/question.ts";
import { dataDirAt, readRunInfo } from "../../data-dir.ts";
import { configOf, type SettingOptions } from "../settings.ts";

export interface AskCommandOptions extends SettingOptions {
  readonly device?: string;
  readonly alert?: string;
  readonly language?: Language;
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** Longer than an answer may take by default: the server's own deadline is the one that counts. */
const ANSWER_MS = 120_000;

/** `iai ask`: one question to a running IAI; exit 1 where no language model's answer stands. */
export async function runAsk(options: AskCommandOptions, question: string): Promise<number> {
  const { device, alert } = options;
  if ((device === undefined) === (alert === undefined)) {
    throw new IaiError("USAGE", "Cannot ask: say what about, --device ID or --alert TRACE");
  }
  const key = options.key ?? process.env["IAI_KEY"];
  if (key === undefined || key === "") {
    const message =
      "Cannot ask: no key; give IAI_KEY or --key (`./iai key create --name desk --role viewer` makes one)";
    throw new IaiError("USAGE", message);
  }
  const answer = await askAt(await addressOf(options), key, {
    question,
    ...(device === undefined ? {} : { device_id: device }),
    ...(alert === undefined ? {} : { trace_id: alert }),
    ...(options.language === undefined ? {} : { language: options.language }),
  });
  if (options.json === true) console.log(JSON.stringify(answer));
  else tell(answer);
  return answer.outcome === "answered" || answer.outcome === "facts" ? 0 : 1;
}

async function askAt(url: URL, key: string, body: object): Promise<AnswerOut> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (cause) {
    const message = `Cannot ask: no answer from ${url.origin}. Start it with \`./iai start\``;
    throw new IaiError("USAGE", message, { cause });
  }
  if (response.ok) return (await response.json()) as AnswerOut;
  const problem = (await response.json()) as ProblemOut;
  throw new IaiError(codeOf(problem), problem.detail);
}

function codeOf({ code }: ProblemOut): ErrorCode {
  return Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : "INTERNAL";
}

/** Where it was said, else the IAI that runs on the data folder, else the configured port of this machine. */
async function addressOf(options: AskCommandOptions): Promise<URL> {
  const path = "/api/v1/ask";
  const given = options.url ?? process.env["IAI_URL"];
  if (given !== undefined && given !== "") {
    if (!/^https?:/.test(given) || !URL.canParse(given))
      throw new IaiError("USAGE", `Cannot ask: "${given}" is no address of an IAI`);
    return new URL(path, given);
  }
  const config = await configOf(options);
  const running = readRunInfo(dataDirAt(config.dataDir));
  return new URL(path, running?.apiUrl ?? `http://127.0.0.1:${config.api.port}`);
}

function tell(answer: AnswerOut): void {
  const { text, sentences, evidence, grounding, language } = answer;
  console.log(text);
  for (const { text: words, struck } of sentences) {
    if (struck !== null) console.log(`  ✗ ${words} (${struck})`);
  }
  if (evidence.length > 0) console.log("");
  for (const { id, text: fact, query } of evidence) {
    console.log(`  [${id}] ${fact[language]}  ${query}`);
  }
  const model = answer.llm_model ?? answer.reason ?? "not asked";
  console.log(
    `\n${grounding.checked_numbers} numbers checked, ${grounding.violations.length} sentences struck, ${answer.tool_calls} look-ups, ${model}, ${answer.tokens_used} tokens, ${answer.latency_ms} ms`,
  );
}
