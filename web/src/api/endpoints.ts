import { get, query, request, write } from "./client.ts";
import type * as T from "./types.ts";

type Filter = Readonly<Record<string, string | number | boolean | null | undefined>>;
const id = encodeURIComponent;

/** Reads of the API, one line each; the paths are those of the design. */
export const read = {
  me: () => get<T.Principal>("/me"),
  setupState: () => get<{ needed: boolean }>("/setup"),
  summary: () => get<T.Summary>("/summary"),
  statuses: () => get<T.Page<T.DeviceStatus>>("/devices/status?limit=10000"),
  devices: (filter: Filter) => get<T.Page<T.Device>>(`/devices${query(filter)}`),
  device: (device: string) => get<T.Device>(`/devices/${id(device)}`),
  exportDevices: async (): Promise<string> =>
    (await request("GET", "/devices/export", undefined, { accept: "text/csv" })).text(),
  deviceHistory: (device: string) =>
    get<T.Page<T.HistoryEntry>>(`/devices/${id(device)}/history?limit=1000`),
  status: (device: string) => get<T.DeviceStatus>(`/devices/${id(device)}/status`),
  baseline: (device: string) => get<T.Baseline>(`/devices/${id(device)}/baseline`),
  forecast: (device: string) => get<T.Forecast>(`/devices/${id(device)}/forecast`),
  reliability: (type: string) =>
    get<T.Reliability>(`/forecasts/reliability${query({ device_type: type })}`),
  readings: (filter: Filter) => get<T.Page<T.Reading>>(`/readings${query(filter)}`),
  aggregates: (filter: Filter) => get<T.Page<T.Aggregate>>(`/aggregates${query(filter)}`),
  anomalies: (filter: Filter) => get<T.Page<T.Anomaly>>(`/anomalies${query(filter)}`),
  alerts: (filter: Filter) => get<T.Page<T.Alert>>(`/alerts${query(filter)}`),
  alert: (trace: string) => get<T.Alert>(`/alerts/${id(trace)}`),
  alertHistory: (trace: string) => get<T.Page<T.HistoryEntry>>(`/alerts/${id(trace)}/history`),
  alertComments: (trace: string) => get<T.Page<T.Comment>>(`/alerts/${id(trace)}/comments`),
  report: (trace: string) => get<T.Report>(`/alerts/${id(trace)}/report`),
  orders: (filter: Filter) => get<T.Page<T.WorkOrder>>(`/work-orders${query(filter)}`),
  order: (no: string) => get<T.WorkOrder>(`/work-orders/${id(no)}`),
  orderHistory: (no: string) => get<T.Page<T.HistoryEntry>>(`/work-orders/${id(no)}/history`),
  orderComments: (no: string) => get<T.Page<T.Comment>>(`/work-orders/${id(no)}/comments`),
  orderStatistics: () => get<T.WorkOrderStatistics>("/work-orders/statistics"),
  rules: () => get<T.Page<T.Rule>>("/rules?limit=1000"),
  knowledge: (filter: Filter) => get<T.Page<T.Knowledge>>(`/kb${query(filter)}`),
  knowledgeVersions: (kb: string) => get<{ items: T.KnowledgeVersion[] }>(`/kb/${id(kb)}/versions`),
  exportKnowledge: async (): Promise<string> =>
    (await request("GET", "/kb/export", undefined, { accept: "text/csv" })).text(),
  learning: () => get<T.Learning>("/learning"),
  quarantine: (filter: Filter) => get<T.Page<T.Quarantined>>(`/quarantine${query(filter)}`),
  users: () => get<T.Page<T.User>>("/users?limit=1000"),
  apiKeys: () => get<T.Page<T.ApiKey>>("/keys?limit=1000"),
  audit: (filter: Filter) => get<T.Page<T.AuditEntry>>(`/audit${query(filter)}`),
  deliveries: (filter: Filter) => get<T.Page<T.Delivery>>(`/notifications${query(filter)}`),
  system: () => get<T.SystemStatus>("/system/status"),
  deviceTemplates: () => get<T.Page<T.DeviceTemplate>>("/device-templates?limit=100"),
  sources: () => get<T.Page<T.Source>>("/sources?limit=1000"),
  source: (name: string) => get<T.SourceDetail>(`/sources/${id(name)}`),
  exportSources: () => get<{ yaml: string }>("/sources/export"),
} as const;

type AlertAction =
  | "acknowledge"
  | "shelve"
  | "unshelve"
  | "ignore"
  | "assign"
  | "comment"
  | "diagnose";
type OrderAction = "approve" | "start" | "hold" | "complete" | "cancel" | "comment";

/** Writes of the API. */
export const change = {
  login: (name: string, password: string) => write<T.Session>("POST", "/login", { name, password }),
  setup: (token: string, name: string, password: string) =>
    write<T.Session>("POST", "/setup", { token, name, password }),
  logout: () => write<null>("POST", "/logout"),
  alert: (trace: string, action: AlertAction, body: Filter = {}) =>
    write<T.Alert>("POST", `/alerts/${id(trace)}/${action}`, body),
  createDevice: (device: T.DeviceInput) => write<T.Device>("POST", "/devices", device),
  /** A dry run tells what each line would do; nothing is written then. */
  importDevices: async (csv: string, dryRun: boolean): Promise<T.DeviceImport> => {
    const answer = await request("POST", `/devices/import?dry_run=${String(dryRun)}`, csv, {
      contentType: "text/csv",
    });
    return (await answer.json()) as T.DeviceImport;
  },
  patchDevice: (device: string, patch: T.DevicePatch) =>
    write<T.Device>("PATCH", `/devices/${id(device)}`, patch),
  mode: (device: string, mode: string, reason: string) =>
    write<T.Device>("POST", `/devices/${id(device)}/mode`, {
      mode,
      ...(reason === "" ? {} : { reason }),
    }),
  rebaseline: (device: string, reason: string) =>
    write<unknown>("POST", `/devices/${id(device)}/rebaseline`, reason === "" ? {} : { reason }),
  acceptBaseline: (device: string, reason: string) =>
    write<unknown>(
      "POST",
      `/devices/${id(device)}/baseline/accept`,
      reason === "" ? {} : { reason },
    ),
  order: (no: string, action: OrderAction, body: object = {}) =>
    write<T.WorkOrder>("POST", `/work-orders/${id(no)}/${action}`, body),
  createOrder: (order: T.WorkOrderInput) => write<T.WorkOrder>("POST", "/work-orders", order),
  patchOrder: (no: string, patch: T.WorkOrderPatch) =>
    write<T.WorkOrder>("PATCH", `/work-orders/${id(no)}`, patch),
  createRule: (rule: T.RuleInput) => write<T.Rule>("POST", "/rules", rule),
  putRule: (rule: string, content: object) => write<T.Rule>("PUT", `/rules/${id(rule)}`, content),
  backtestRule: (rule: string, body: T.BacktestInput) =>
    write<T.Backtest>("POST", `/rules/${id(rule)}/backtest`, body),
  validateRule: (text: string, deviceId: string | null) =>
    write<T.RuleValidation>("POST", "/rules/validate", { text, device_id: deviceId }),
  createKnowledge: (entry: T.KnowledgeInput) => write<T.Knowledge>("POST", "/kb", entry),
  putKnowledge: (kb: string, entry: T.KnowledgePut) =>
    write<T.Knowledge>("PUT", `/kb/${id(kb)}`, entry),
  moveKnowledge: (kb: string, verb: "promote" | "retire", reason: string) =>
    write<T.Knowledge>("POST", `/kb/${id(kb)}/${verb}`, reason === "" ? {} : { reason }),
  importKnowledge: async (csv: string, dryRun: boolean): Promise<T.KnowledgeImport> => {
    const answer = await request("POST", `/kb/import?dry_run=${String(dryRun)}`, csv, {
      contentType: "text/csv",
    });
    return (await answer.json()) as T.KnowledgeImport;
  },
  judgeVerdict: (order: string, verb: "withdraw" | "restore", reason: string) =>
    write<T.Learning>("POST", `/learning/verdicts/${id(order)}/${verb}`, { reason }),
  answerProposal: (proposal: string, verb: "accept" | "dismiss", reason: string) =>
    write<T.Learning>("POST", `/learning/proposals/${id(proposal)}/${verb}`, { reason }),
  replayQuarantined: (row: string) => write<unknown>("POST", `/quarantine/${id(row)}/replay`),
  createUser: (user: object) => write<T.User>("POST", "/users", user),
  patchUser: (user: string, patch: object) => write<T.User>("PATCH", `/users/${id(user)}`, patch),
  createKey: (key: object) => write<T.ApiKeyCreated>("POST", "/keys", key),
  createSource: (source: T.SourceInput) => write<T.SourceDetail>("POST", "/sources", source),
  patchSource: (name: string, patch: object) =>
    write<T.SourceDetail>("PATCH", `/sources/${id(name)}`, patch),
  switchSource: (name: string, word: "start" | "stop") =>
    write<T.SourceDetail>("POST", `/sources/${id(name)}/${word}`, {}),
  removeSource: (name: string) => write<null>("DELETE", `/sources/${id(name)}`),
  previewSource: (draft: object) => write<T.SourcePreview>("POST", "/sources/preview", draft),
  importSources: (yaml: string, dryRun: boolean) =>
    write<T.SourceImport>("POST", "/sources/import", { yaml, dry_run: dryRun }),
  readRegisterMap: async (csv: string): Promise<T.RegisterMap> => {
    const answer = await request("POST", "/sources/register-map", csv, {
      contentType: "text/csv",
    });
    return (await answer.json()) as T.RegisterMap;
  },
  revokeKey: (key: string) => write<unknown>("DELETE", `/keys/${id(key)}`),
} as const;
