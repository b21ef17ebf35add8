import type { StepSettings } from "../../model/control.ts";
import type { Device } from "../../model/device.ts";
import { profileOf } from "../../pipeline/ingest/device-forms.ts";
import type { ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";

export interface InForce {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly settings: StepSettings;
  readonly devices: readonly Device[];
}

/**
 * Sends settings, rules and every device's profile into the log once more. Steps that begin without a checkpoint
 * read the log from its oldest record, and what was set before that record would never reach them.
 */
export async function stageInForce({
  records,
  control,
  settings,
  devices,
}: InForce): Promise<void> {
  await records.transaction(async (tx) => {
    await control.stage(tx, { type: "settings", settings });
    const rows = await tx.list("rule", { where: { current: true }, orderBy: [["ruleId", "asc"]] });
    await control.stage(tx, { type: "rules", rules: rows.map(({ current: _, ...rule }) => rule) });
    for (const device of devices)
      await control.stage(tx, { type: "device", profile: profileOf(device) });
  });
  await control.flush();
}
