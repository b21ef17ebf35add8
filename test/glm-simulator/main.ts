import { parseArgs } from "node:util";
import { behaviourNames, isBehaviour } from "./behaviours.ts";
import { openCassette } from "./cassette.ts";
import type { AnswerWriter } from "./chat-dialect.ts";
import { openGlmSimulator } from "./glm-simulator.ts";

const usage = `The language model simulator, for demonstrations and experiments:

  node test/glm-simulator/main.ts --behaviour good --port 18080
  node test/glm-simulator/main.ts --cassette talks.ndjson [--upstream https://…/api/paas/v4]

  --behaviour NAME   what it does (default good); --list names all
  --port N           default 18080
  --latency MS       each answer takes this long (default 300)
  --concurrency N    more requests at the same time are refused with 1302
  --writer FILE      module with \`writeAnswer(request)\`: what a good model says
  --cassette FILE    play recorded conversations; with --upstream also record new ones
`;

/** Runs until it is interrupted. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      behaviour: { type: "string", default: "good" },
      port: { type: "string", default: "18080" },
      latency: { type: "string", default: "300" },
      concurrency: { type: "string" },
      writer: { type: "string" },
      cassette: { type: "string" },
      upstream: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(usage);
  if (values.list) return console.log(behaviourNames.join("\n"));
  const port = Number(values.port);
  if (values.cassette !== undefined) {
    const file = values.cassette;
    const cassette = await openCassette({ file, upstream: values.upstream ?? null, port });
    return console.log(`cassette "${file}" at ${cassette.baseUrl}`);
  }
  if (!isBehaviour(values.behaviour)) {
    console.error(`There is no behaviour "${values.behaviour}". --list names all`);
    process.exitCode = 2;
    return;
  }
  const { baseUrl } = await openGlmSimulator({
    behaviour: values.behaviour,
    latencyMs: Number(values.latency),
    port,
    ...(values.concurrency === undefined ? {} : { concurrency: Number(values.concurrency) }),
    ...(values.writer === undefined ? {} : { answer: await writerIn(values.writer) }),
  });
  console.log(`simulated GLM, ${values.behaviour}, at ${baseUrl}`);
  console.log(`IAI_LANGUAGE_MODEL_KIND=openai-compatible IAI_LANGUAGE_MODEL_BASE_URL=${baseUrl}`);
}

async function writerIn(file: string): Promise<AnswerWriter> {
  const module = (await import(new URL(file, `file://${process.cwd()}/`).href)) as {
    readonly writeAnswer: AnswerWriter;
  };
  return module.writeAnswer;
}

await main();
