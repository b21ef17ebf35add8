import { z } from "zod";

/** What one line of a CSV would do, or did. */
const rowOut = z.object({
  row: z.int().describe("Line of data, from 1"),
  device_id: z.string().nullable(),
  action: z.enum(["create", "update", "refuse"]),
  errors: z.array(z.object({ field: z.string(), code: z.string(), detail: z.string() })),
});
/** Answer of `POST /devices/import`. */
export const deviceImportOut = z
  .object({
    dry_run: z.boolean(),
    created: z.int(),
    updated: z.int(),
    refused: z.int(),
    rows: z.array(rowOut),
  })
  .meta({ id: "DeviceImport" });

export type DeviceImportOut = z.infer<typeof deviceImportOut>;
