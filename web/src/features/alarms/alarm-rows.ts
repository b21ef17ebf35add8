import { compareSeverity } from "../../../../src/model/alarm.ts";
import type { Alert } from "../../api/types.ts";

export interface AlarmFilter {
  readonly severity: string | null;
  /** open: stands or waits for somebody; the others are narrower, `all` is history too. */
  readonly state: "open" | "unacknowledged" | "hidden" | "all";
  readonly device: string | null;
  readonly line: string | null;
  readonly group: "line" | "device" | "incident" | "none";
}

/** The filter as it stands in the address. */
export function filterOf(params: URLSearchParams): AlarmFilter {
  const state = params.get("state");
  const group = params.get("group");
  return {
    severity: params.get("severity"),
    state: state === "unacknowledged" || state === "hidden" || state === "all" ? state : "open",
    device: params.get("device"),
    line: params.get("line"),
    group: group === "device" || group === "incident" || group === "none" ? group : "line",
  };
}

export function isHidden(alert: Alert): boolean {
  return alert.shelved || alert.suppressed || alert.out_of_service;
}

export function matches(alert: Alert, filter: AlarmFilter): boolean {
  if (filter.severity !== null && alert.severity !== filter.severity) return false;
  if (filter.device !== null && alert.device_id !== filter.device) return false;
  if (filter.line !== null && alert.line_id !== filter.line) return false;
  switch (filter.state) {
    case "open":
      return alert.state !== "NORMAL" && !isHidden(alert);
    case "unacknowledged":
      return !alert.acknowledged && !isHidden(alert);
    case "hidden":
      return isHidden(alert);
    case "all":
      return true;
  }
}

/** What a person must look at first: unacknowledged, then urgent, then newest. */
export function inOrder(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts].sort(
    (a, b) =>
      Number(a.state === "NORMAL") - Number(b.state === "NORMAL") ||
      compareSeverity(a.severity, b.severity) ||
      Number(a.acknowledged) - Number(b.acknowledged) ||
      Date.parse(b.opened_at) - Date.parse(a.opened_at) ||
      a.trace_id.localeCompare(b.trace_id),
  );
}

/**
 * Rows stay where the hand expects them: known ones keep their place and are updated, new ones wait.
 * `held` is the order last shown; null takes everything.
 */
export function holdPlaces(
  alerts: readonly Alert[],
  held: readonly string[] | null,
): { readonly rows: readonly Alert[]; readonly waiting: number } {
  if (held === null) return { rows: inOrder(alerts), waiting: 0 };
  const byId = new Map(alerts.map((alert) => [alert.trace_id, alert]));
  const rows = held.flatMap((id) => byId.get(id) ?? []);
  return { rows, waiting: alerts.length - rows.length };
}

export interface AlarmGroup {
  readonly name: string;
  readonly rows: readonly Alert[];
}

/** What belongs to no incident stands together without a name. */
function groupName(row: Alert, by: Exclude<AlarmFilter["group"], "none">): string {
  if (by === "incident") return row.incident_id ?? "";
  return by === "line" ? row.line_id : row.device_id;
}

export function groupsOf(rows: readonly Alert[], by: AlarmFilter["group"]): readonly AlarmGroup[] {
  if (by === "none") return [{ name: "", rows }];
  const groups = new Map<string, Alert[]>();
  for (const row of rows) {
    const name = groupName(row, by);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  if (by === "incident")
    for (const [name, members] of groups) if (name !== "") members.sort(byBegin);
  return [...groups].map(([name, members]) => ({ name, rows: members }));
}

/** The first-out alarm stands at the head of its incident. */
function byBegin(a: Alert, b: Alert): number {
  return Date.parse(a.opened_at) - Date.parse(b.opened_at);
}
