import { randomBytes } from "node:crypto";
import {
  acceptedContent,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { capabilitiesOf, said } from "./content-tools.ts";

/** State that goes through the client and comes back is sealed: who changes it is refused. */
export const stateCodec = createRequestStateCodec<{ step: number }>({ key: randomBytes(32) });

const nothing = (description: string) => ({ description, inputSchema: z.object({}) });
const nameForm = z.object({ name: z.string() });
const okForm = z.object({ ok: z.boolean() });

const asks = {
  name: (message: string) => inputRequired.elicit({ message, requestedSchema: nameForm }),
  ok: () => inputRequired.elicit({ message: "Please confirm", requestedSchema: okForm }),
  sample: (text: string) =>
    inputRequired.createMessage({
      messages: [{ role: "user", content: { type: "text", text } }],
      maxTokens: 100,
    }),
};

/** Tools of 2026-07-28 that end a round with questions and are called again with the answers. */
export function addInputTools(server: McpServer): void {
  addSingleQuestions(server);
  addStatefulTools(server);
  addRounds(server);
  server.registerTool(
    "test_input_required_result_capabilities",
    nothing("Asks only what the client can answer"),
    async (_args, context) => {
      const can = capabilitiesOf(context);
      return inputRequired({
        inputRequests: {
          ...(can.sampling === undefined ? {} : { sampled: asks.sample("Say hello") }),
          ...(can.elicitation === undefined ? {} : { user_name: asks.name("Your name?") }),
          ...(can.roots === undefined ? {} : { client_roots: inputRequired.listRoots() }),
        },
      });
    },
  );
}

function addSingleQuestions(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_elicitation",
    nothing("Asks for a name"),
    async (_args, { mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, "user_name", nameForm);
      if (answer !== undefined) return said(`Hello, ${answer.name}!`);
      return inputRequired({ inputRequests: { user_name: asks.name("What is your name?") } });
    },
  );
  server.registerTool(
    "test_input_required_result_sampling",
    nothing("Asks the client's model"),
    async (_args, { mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, "capital_question");
      if (answer.kind === "sampling") return said(JSON.stringify(answer.result.content));
      const capital_question = asks.sample("What is the capital of France?");
      return inputRequired({ inputRequests: { capital_question } });
    },
  );
  server.registerTool(
    "test_input_required_result_list_roots",
    nothing("Asks for the roots"),
    async (_args, { mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, "client_roots");
      if (answer.kind === "roots") return said(JSON.stringify(answer.roots));
      return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
    },
  );
}

const stepOf = ({ mcpReq }: ServerContext): number =>
  mcpReq.requestState<{ step: number }>()?.step ?? 0;

function addStatefulTools(server: McpServer): void {
  for (const name of [
    "test_input_required_result_request_state",
    "test_input_required_result_tampered_state",
  ])
    server.registerTool(name, nothing("Asks for a yes"), async (_args, context) => {
      const answer = acceptedContent(context.mcpReq.inputResponses, "confirm", okForm);
      if (answer !== undefined && stepOf(context) === 1) return said("state-ok");
      return inputRequired({
        inputRequests: { confirm: asks.ok() },
        requestState: await stateCodec.mint({ step: 1 }),
      });
    });
  server.registerTool(
    "test_input_required_result_multiple_inputs",
    nothing("Asks three things"),
    async (_args, context) => {
      const { inputResponses } = context.mcpReq;
      const name = acceptedContent(inputResponses, "user_name", nameForm);
      const others = ["greeting", "client_roots"].map((key) => inputResponse(inputResponses, key));
      const answered = name !== undefined && others.every(({ kind }) => kind !== "missing");
      if (answered && stepOf(context) === 1) return said(`Hello, ${name.name}!`);
      return inputRequired({
        inputRequests: {
          user_name: asks.name("What is your name?"),
          greeting: asks.sample("Generate a greeting"),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await stateCodec.mint({ step: 1 }),
      });
    },
  );
}

function addRounds(server: McpServer): void {
  const colorForm = z.object({ color: z.string() });
  server.registerTool(
    "test_input_required_result_multi_round",
    nothing("Asks twice"),
    async (_args, context) => {
      const { inputResponses } = context.mcpReq;
      const step = stepOf(context);
      const color = acceptedContent(inputResponses, "step2", colorForm);
      if (step === 2 && color !== undefined) return said(`You like ${color.color}.`);
      const name = acceptedContent(inputResponses, "step1", nameForm);
      if (step >= 1 && name !== undefined) {
        const message = "Step 2: What is your favorite color?";
        return inputRequired({
          inputRequests: { step2: inputRequired.elicit({ message, requestedSchema: colorForm }) },
          requestState: await stateCodec.mint({ step: 2 }),
        });
      }
      return inputRequired({
        inputRequests: { step1: asks.name("Step 1: What is your name?") },
        requestState: await stateCodec.mint({ step: 1 }),
      });
    },
  );
}

/** A prompt that needs an answer first. */
export function addInputPrompt(server: McpServer): void {
  const form = z.object({ context: z.string() });
  server.registerPrompt(
    "test_input_required_result_prompt",
    { description: "Asks for the context" },
    async (context) => {
      const answer = acceptedContent(context.mcpReq.inputResponses, "user_context", form);
      if (answer === undefined) {
        const message = "What context should the prompt use?";
        const user_context = inputRequired.elicit({ message, requestedSchema: form });
        return inputRequired({ inputRequests: { user_context } });
      }
      return { messages: [{ role: "user", content: { type: "text", text: answer.context } }] };
    },
  );
}
