import type { Role } from "../../model/access.ts";

/**
 * The one place that decides who may do what. A route names its action, the action names its roles; what is not
 * here is refused. The roles of every route are tested one by one.
 */

const everybody = ["viewer", "operator", "engineer", "admin", "ingest"] as const;
const readers = ["viewer", "operator", "engineer", "admin"] as const;
const operators = ["operator", "engineer", "admin"] as const;
const engineers = ["engineer", "admin"] as const;
const admins = ["admin"] as const;
const senders = ["ingest", "engineer", "admin"] as const;

export type Action =
  | "readings.write"
  | "readings.read"
  | "devices.read"
  | "devices.write"
  | "devices.mode"
  | "baselines.write"
  | "anomalies.read"
  | "anomalies.write"
  | "alerts.read"
  | "alerts.handle"
  | "orders.read"
  | "orders.handle"
  | "rules.read"
  | "rules.write"
  | "agents.ask"
  | "knowledge.read"
  | "knowledge.write"
  | "quarantine.read"
  | "quarantine.replay"
  | "notifications.read"
  | "audit.read"
  | "users.manage"
  | "keys.manage"
  | "sources.write"
  | "system.read"
  | "system.idle"
  | "session.own";

export const actions: Readonly<Record<Action, readonly Role[]>> = {
  "readings.write": senders,
  "readings.read": readers,
  "devices.read": readers,
  "devices.write": engineers,
  "devices.mode": operators,
  "baselines.write": engineers,
  "anomalies.read": readers,
  "anomalies.write": senders,
  "alerts.read": readers,
  "alerts.handle": operators,
  "orders.read": readers,
  "orders.handle": operators,
  "rules.read": readers,
  "rules.write": engineers,
  "agents.ask": readers,
  "knowledge.read": readers,
  "knowledge.write": engineers,
  "quarantine.read": readers,
  "quarantine.replay": engineers,
  "notifications.read": readers,
  "audit.read": admins,
  "users.manage": admins,
  "keys.manage": admins,
  "sources.write": engineers,
  "system.read": readers,
  "system.idle": everybody,
  "session.own": everybody,
};

/** True when a role may do it. */
export function mayDo(role: Role, action: Action): boolean {
  return actions[action].includes(role);
}
