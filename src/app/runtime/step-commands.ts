import type { Clock } from "../../kernel/clock.ts";
import type { IdSource } from "../../kernel/ids.ts";
import type { ControlDraft, ControlJournal } from "../../ports/event-bus.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { By, StepCommands } from "../../present/api/services.ts";

export interface StepCommandDeps {
  readonly records: RecordStore;
  readonly control: ControlJournal;
  readonly ids: IdSource;
  readonly clock: Clock;
}

/** Commands that change what the steps know: into the records with a history row, then into the log. */
export function createStepCommands(deps: StepCommandDeps): StepCommands {
  const send = async (
    draft: ControlDraft,
    history: { readonly deviceId: string; readonly action: string; readonly by: By } | null,
  ): Promise<void> => {
    await deps.records.transaction(async (tx) => {
      await deps.control.stage(tx, draft);
      if (history === null) return;
      const { principal, reason } = history.by;
      await tx.insert("history", {
        historyId: deps.ids.next(),
        subject: "device",
        subjectId: history.deviceId,
        at: deps.clock.now(),
        actor: principal.name,
        action: history.action,
        reason,
        detail: {},
      });
    });
    await deps.control.flush();
  };
  return {
    rebaseline: (deviceId, by) =>
      send(
        { type: "rebaseline", deviceId, actor: by.principal.name },
        { deviceId, action: "rebaseline", by },
      ),
    acceptBaseline: (deviceId, by) =>
      send(
        { type: "accept_baseline", deviceId, actor: by.principal.name },
        { deviceId, action: "accept_baseline", by },
      ),
    externalAnomaly: (anomaly) => send({ type: "external_anomaly", ...anomaly }, null),
  };
}
