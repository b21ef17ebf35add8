import type { Step } from "./migration.ts";

/** What is under way: messages, refused readings, positions, counters. */
export const flow: readonly Step[] = [
  {
    add: "table",
    name: "outbox",
    columns: {
      outbox_id: "word",
      kind: "word",
      target: "word",
      trace_id: "word?",
      payload: "json",
      state: "word",
      attempts: "integer",
      next_attempt_at: "instant",
      last_error: "text?",
      created_at: "instant",
      delivered_at: "instant?",
    },
    key: ["outbox_id"],
    indexes: {
      outbox_due: ["kind", "state", "next_attempt_at"],
      outbox_trace: ["trace_id"],
      outbox_delivered: ["state", "delivered_at"],
    },
  },
  {
    add: "table",
    name: "quarantine",
    columns: {
      quarantine_id: "word",
      at: "instant",
      source: "text",
      code: "word",
      detail: "text",
      device_id: "word?",
      raw: "text",
      sha256: "word",
      count: "integer",
      replayed_at: "instant?",
    },
    key: ["quarantine_id"],
    indexes: {
      quarantine_at: ["at", "quarantine_id"],
      quarantine_sha256: ["sha256"],
      quarantine_device: ["device_id", "at"],
    },
  },
  {
    add: "table",
    name: "consumer_position",
    columns: { consumer: "word", key: "word", position: "integer", updated_at: "instant" },
    key: ["consumer", "key"],
    clustered: true,
  },
  {
    add: "table",
    name: "setting",
    columns: { name: "word", value: "json", updated_at: "instant" },
    key: ["name"],
    clustered: true,
  },
  {
    add: "table",
    name: "counter",
    columns: { name: "word", value: "integer" },
    key: ["name"],
    clustered: true,
  },
];
