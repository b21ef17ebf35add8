import type { z } from "zod";
import type { Principal } from "../../model/access.ts";
import { type Action, mayDo } from "../access/role-matrix.ts";
import type { ApiServices } from "../api/services.ts";
import type { Proposals } from "./proposals.ts";
import type { Scope } from "./scopes.ts";

/** Who calls, and what a tool may speak to. */
export interface ToolCall {
  readonly services: ApiServices;
  readonly principal: Principal;
  readonly proposals: Proposals;
}

interface ToolDescription<I extends z.ZodType, O extends z.ZodType> {
  /** On the wire; never changes. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The role matrix decides by it who sees and calls the tool. */
  readonly action: Action;
  readonly scope: Scope;
  /** True: it writes a proposal. */
  readonly proposes: boolean;
  readonly input: I;
  readonly output: O;
}

/** A tool as the host serves it. */
export interface McpTool extends ToolDescription<z.ZodType, z.ZodType> {
  run(input: unknown, call: ToolCall): Promise<Record<string, unknown>>;
}

/** A tool whose code sees validated arguments only; what it answers is held against its schema by the host. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  tool: ToolDescription<I, O> & {
    readonly answer: (input: z.output<I>, call: ToolCall) => Promise<z.output<O>>;
  },
): McpTool {
  const { answer, ...description } = tool;
  return { ...description, run: (input, call) => answer(tool.input.parse(input), call) };
}

/** True when this principal may see and call the tool. */
export function mayCall(principal: Principal, tool: McpTool): boolean {
  return mayDo(principal.role, tool.action);
}
