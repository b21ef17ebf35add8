import type { EpochMs } from "../../model/basics.ts";
import type { Device, OperatingMode } from "../../model/device.ts";
import { operatingModes } from "../../pipeline/detect/rules/rule-ast.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { ModeChange } from "./rule-run.ts";

/** In the history a change of mode is an action of this form. */
const PREFIX = "mode:";

/** In which mode a device was at `from`, and what changed afterwards, from its history. */
export async function modesOf(
  records: Pick<RecordStore, "read">,
  device: Device,
  from: EpochMs,
): Promise<{ readonly first: OperatingMode; readonly changes: readonly ModeChange[] }> {
  const rows = await records.read((tx) =>
    tx.list("history", {
      where: { subject: "device", subjectId: device.deviceId, action: { contains: PREFIX } },
      orderBy: [["at", "asc"]],
    }),
  );
  const all = rows.flatMap(({ at, action }): readonly ModeChange[] => {
    const mode = operatingModes.find((known) => action === `${PREFIX}${known}`);
    return mode === undefined ? [] : [{ at, mode }];
  });
  const earlier = all.filter(({ at }) => at <= from).at(-1);
  // Before its first change a device ran; one that never changed is as it is.
  const first = earlier?.mode ?? (all.length > 0 ? "RUNNING" : device.mode);
  return { first, changes: all.filter(({ at }) => at > from) };
}
