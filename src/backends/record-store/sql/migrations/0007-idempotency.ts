import type { Migration } from "./migration.ts";

/** A wish of an agent becomes one order, whichever process hears it first: its key is the table's key. */
export const idempotency: Migration = {
  version: 7,
  name: "idempotency",
  steps: [
    {
      add: "table",
      name: "idempotency_key",
      columns: { wish_hash: "word", order_no: "word", created_at: "instant" },
      key: ["wish_hash"],
      indexes: { idempotency_key_order: ["order_no"] },
    },
  ],
};
