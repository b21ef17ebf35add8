import { crashPoint } from "../../kernel/crash-point.ts";
import type { AlarmTransition } from "../../model/alarm.ts";
import { type DeviceId, type EpochMs, MINUTE } from "../../model/basics.ts";
import type { Device } from "../../model/device.ts";
import type { AlertRow } from "../../model/records.ts";
import type { RecordTransaction } from "../../ports/record-store.ts";
import { historyOf, openRow, patchRow } from "./alert-row.ts";
import type { AlertServiceDeps } from "./alert-service.ts";
import { joinIncident } from "./incidents.ts";
import { endShelving, isHidden, isShelved } from "./shelving.ts";

export interface AlertOutput {
  readonly transitions: readonly AlarmTransition[];
}

/** An alarm as it stands after a transition, for whoever watches. */
export interface AppliedTransition {
  readonly alert: AlertRow;
  readonly transition: AlarmTransition;
}

/** Name of the alarm station on the bus. */
export const ALERT_GROUP = "alerts";

/**
 * Name of this consumer in `consumer_position`: key device id → newest number. How far the log was read the bus
 * knows; what it brings again is recognised by the numbers.
 */
const consumer = "alerts";

/**
 * Commit point D: rows, history, outbox and progress in one transaction. The log makes all of it again after a
 * power loss, so it need not wait for the disk. Answers what was new.
 */
export async function applyTransitions(
  deps: AlertServiceDeps,
  { transitions }: AlertOutput,
): Promise<readonly AppliedTransition[]> {
  crashPoint("D.before");
  const applied = await deps.records.transaction(
    async (tx) => {
      const now = deps.clock.now();
      const memory = await rememberDevices(tx, transitions);
      const done: AppliedTransition[] = [];
      for (const transition of transitions) {
        const alert = await applyOne(tx, deps, { transition, memory, now });
        if (alert !== null) done.push({ alert, transition });
      }
      const reached = [...memory].map(([key, { number }]) => ({ key, position: number, now }));
      await Promise.all(reached.map((one) => storePosition(tx, one)));
      return done;
    },
    { durability: "log" },
  );
  crashPoint("D.after");
  return applied;
}

/** What one transaction knows of a device. */
interface DeviceMemory {
  readonly device: Device | null;
  /** Newest transition that was applied. */
  number: number;
}

interface Work {
  readonly transition: AlarmTransition;
  readonly memory: ReadonlyMap<DeviceId, DeviceMemory>;
  readonly now: EpochMs;
}

async function rememberDevices(
  tx: RecordTransaction,
  transitions: readonly AlarmTransition[],
): Promise<Map<DeviceId, DeviceMemory>> {
  const deviceIds = [...new Set(transitions.map(({ deviceId }) => deviceId))];
  const known = deviceIds.map(async (deviceId): Promise<[DeviceId, DeviceMemory]> => {
    const [row, device] = await Promise.all([
      tx.find("consumer_position", { consumer, key: deviceId }),
      tx.find("device_registry", { deviceId }),
    ]);
    return [deviceId, { device, number: row?.position ?? 0 }];
  });
  return new Map(await Promise.all(known));
}

/** null: it was applied before. */
async function applyOne(
  tx: RecordTransaction,
  deps: AlertServiceDeps,
  { transition, memory, now }: Work,
): Promise<AlertRow | null> {
  const known = memory.get(transition.deviceId);
  const isNext = transition.number > (known?.number ?? 0);
  // Numbers begin anew when the steps' state is lost: then the history tells what was said before.
  const isNews = await remember(tx, transition);
  if (!isNext && !isNews) return null;
  // History and row are written together: what was never told has no row yet.
  const isFirst = isNews && transition.kind === "raised";
  const { traceId } = transition.alarm;
  const row = isFirst ? null : await tx.find("alert_log", { traceId });
  if (known !== undefined && isNext) known.number = transition.number;
  const device = known?.device ?? null;
  const alert = await upsert(tx, deps, { row, transition, device, now });
  const targets = targetsOf(deps, transition, isHidden(alert, now));
  if (targets.length > 0) await stageNotification(tx, deps, { transition, device, targets });
  return alert;
}

/** People's own acknowledgement is in the history already, with their name. */
async function remember(tx: RecordTransaction, transition: AlarmTransition): Promise<boolean> {
  if (transition.kind === "acknowledged") return false;
  return tx.insert("history", historyOf(transition));
}

async function upsert(
  tx: RecordTransaction,
  deps: AlertServiceDeps,
  work: {
    /** As it stands; null: the alarm is new. */
    readonly row: AlertRow | null;
    readonly transition: AlarmTransition;
    readonly device: Device | null;
    readonly now: EpochMs;
  },
): Promise<AlertRow> {
  const { row, transition, device, now } = work;
  const { alarm } = transition;
  if (row === null) {
    const groupTraceId = await findBurst(tx, transition, deps.config.diagnosedPerMinute);
    const opened = openRow(alarm, { device, groupTraceId, now });
    if (await tx.insert("alert_log", opened)) return joinIncident(tx, opened, now);
    // Steps that lost their state tell an old alarm in other words.
    const known = await tx.find("alert_log", { traceId: alarm.traceId });
    return known === null ? opened : await upsert(tx, deps, { ...work, row: known });
  }
  // What was hidden at a milder severity is shown again: a higher one always passes.
  const shown = transition.kind === "escalated" && isShelved(row, now) ? endShelving : {};
  const patch = { ...patchRow(row, alarm, now), ...shown };
  await tx.update("alert_log", { traceId: alarm.traceId }, patch);
  return { ...row, ...patch };
}

/** The first alarm of a burst: of more alarms in a minute than are diagnosed singly. */
async function findBurst(
  tx: RecordTransaction,
  { alarm }: AlarmTransition,
  diagnosedPerMinute: number,
): Promise<string | null> {
  const { deviceId, openedAt } = alarm;
  const where = { deviceId, openedAt: { gt: openedAt - MINUTE, lte: openedAt } };
  if ((await tx.count("alert_log", { where })) < diagnosedPerMinute) return null;
  const orderBy = [["openedAt", "asc"]] as const;
  const [first] = await tx.list("alert_log", { where, orderBy, limit: 1 });
  return first === undefined ? null : (first.groupTraceId ?? first.traceId);
}

/** People are told what is new to them; machines that listen hear everything. */
function targetsOf(
  { notify }: AlertServiceDeps,
  { notify: isForPeople, alarm }: AlarmTransition,
  isHiddenNow: boolean,
): readonly string[] {
  const people = isForPeople && !isHiddenNow ? notify.targetsFor(alarm.severity) : [];
  return [...notify.listeners, ...people];
}

async function stageNotification(
  tx: RecordTransaction,
  { notify, outbox }: AlertServiceDeps,
  said: {
    readonly transition: AlarmTransition;
    readonly device: Device | null;
    readonly targets: readonly string[];
  },
): Promise<void> {
  const { kind, at, alarm } = said.transition;
  const { historyId: notificationId } = historyOf(said.transition);
  const occasion = { notificationId, kind, at, alarm, device: said.device, repeated: false };
  await outbox.stage(tx, notify.compose(occasion), said.targets);
}

async function storePosition(
  tx: RecordTransaction,
  {
    key,
    position,
    now,
  }: { readonly key: string; readonly position: number; readonly now: EpochMs },
): Promise<void> {
  const row = { consumer, key, position, updatedAt: now };
  if ((await tx.update("consumer_position", { consumer, key }, row)) > 0) return;
  await tx.insert("consumer_position", row);
}
