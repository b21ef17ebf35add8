import type { Principal } from "../../model/access.ts";
import { type Action, mayDo } from "../access/role-matrix.ts";

/** What a key may do here, in the words of OAuth; the role matrix stays the one place that decides. */
export type Scope = "iai:read" | "iai:workorder" | "iai:device";

export const scopes: readonly Scope[] = ["iai:read", "iai:workorder", "iai:device"];

/** The action of the role matrix that each scope stands for. */
const actionOf: Readonly<Record<Scope, Action>> = {
  "iai:read": "devices.read",
  "iai:workorder": "orders.handle",
  "iai:device": "devices.mode",
};

/** Scopes of a principal's role: a viewer reads, an operator and above also propose, ingest has none. */
export function scopesOf(principal: Principal): readonly Scope[] {
  return scopes.filter((scope) => mayDo(principal.role, actionOf[scope]));
}
