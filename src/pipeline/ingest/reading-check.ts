import type { ConfigVersion, DeviceId, EpochMs, MetricName, Ms } from "../../model/basics.ts";
import { isIdentifier } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { DevicePlan } from "./metric-plan.ts";
import { type Fields, own, type Refusal, refuse } from "./refusal.ts";
import { parseTimestamp } from "./timestamp.ts";
import { ValueIntake } from "./value-intake.ts";

/** What readings of one request are checked against. */
export interface CheckContext {
  readonly now: EpochMs;
  readonly receivedAt: EpochMs;
  readonly configVersion: ConfigVersion;
  readonly clockSkewMaxMs: Ms;
  readonly rawRetentionMs: Ms;
  /** Devices the sender may speak for; null: all. */
  readonly deviceIds: readonly string[] | null;
  /** null: the device is not registered. */
  readonly planOf: (deviceId: DeviceId) => DevicePlan | null;
  readonly sourceTexts: (json: string) => unknown;
}

/** A reading that may be stored, and what it tells about its device. */
export interface CheckedReading {
  readonly reading: Reading;
  readonly registered: boolean;
  readonly factoryId: string | null;
  readonly lineId: string | null;
  /** Metrics its device does not have yet, with the unit they are kept in; null: none. */
  readonly learned: ReadonlyMap<MetricName, string> | null;
}

/** Characters of a status. */
const STATUS_MAX = 50;

/**
 * Judges one item of a body. A bad id, time or structure refuses the reading; a bad value is kept with its raw
 * text and its code, and leaves the other values alone.
 */
export function checkReading(
  item: unknown,
  bytes: Uint8Array,
  context: CheckContext,
): CheckedReading | Refusal {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return refuse("FIELD_TYPE", null, "A reading is a JSON object");
  }
  const fields = item as Readonly<Record<string, unknown>>;
  const refusal = checkDevice(fields, context) ?? checkFields(fields);
  if (refusal !== null) return refusal;
  const measuredAt = checkTime(fields, context);
  if (typeof measuredAt !== "number") return measuredAt;
  const deviceId = fields["device_id"] as DeviceId;
  const plan = context.planOf(deviceId);
  const intake = new ValueIntake(fields, bytes, {
    plan: plan ?? noPlan,
    sourceTexts: context.sourceTexts,
  });
  const failed = intake.takeAll();
  if (failed !== null) return failed;
  return {
    reading: {
      deviceId,
      measuredAt,
      receivedAt: context.receivedAt,
      values: intake.values,
      qualities: intake.qualities,
      faults: intake.faults,
      sources: intake.sources,
      seq: (fields["seq"] as number | undefined) ?? null,
      status: (fields["status"] as string | undefined) ?? null,
      configVersion: context.configVersion,
    },
    registered: plan !== null,
    factoryId: (fields["factory_id"] as string | undefined) ?? null,
    lineId: (fields["line_id"] as string | undefined) ?? null,
    learned: intake.learned,
  };
}

const noPlan: DevicePlan = new Map();

function checkDevice(fields: Fields, context: CheckContext): Refusal | null {
  const deviceId = own(fields, "device_id");
  if (deviceId === undefined) return refuse("FIELD_MISSING", "device_id", "`device_id` is missing");
  if (typeof deviceId !== "string" || !isIdentifier(deviceId)) {
    return refuse(
      "DEVICE_ID_INVALID",
      "device_id",
      "A device id is 1–50 of letters, digits, _ . : -",
    );
  }
  if (context.deviceIds !== null && !context.deviceIds.includes(deviceId)) {
    return refuse("FORBIDDEN", "device_id", "This key may not speak for this device");
  }
  return null;
}

function checkTime(fields: Fields, context: CheckContext): EpochMs | Refusal {
  const timestamp = own(fields, "timestamp");
  if (timestamp === undefined)
    return refuse("FIELD_MISSING", "timestamp", "`timestamp` is missing");
  const at = parseTimestamp(timestamp);
  if (at === "FIELD_TYPE") {
    return refuse(at, "timestamp", "A timestamp is ISO 8601 text or whole milliseconds");
  }
  if (typeof at === "string") return refuse(at, "timestamp", timestampDetails[at]);
  if (at > context.now + context.clockSkewMaxMs) {
    const ahead = `it is ${Math.round((at - context.now) / 1_000)} s ahead of our clock`;
    return refuse("TS_IN_FUTURE", "timestamp", ahead);
  }
  if (at < context.now - context.rawRetentionMs) {
    return refuse("TS_TOO_OLD", "timestamp", "it is older than raw readings are kept");
  }
  return at;
}

const timestampDetails = {
  TS_INVALID: "it is not a date and time of the calendar",
  TS_NO_ZONE: "it has no offset such as Z or +08:00",
} as const;

/** Types of the fields that are no values. */
function checkFields(fields: Fields): Refusal | null {
  for (const name in fields) {
    const value = fields[name];
    switch (name) {
      case "device_id":
      case "timestamp":
      case "temperature":
      case "vibration":
      case "pressure":
      case "current":
        continue;
      case "metrics":
      case "units":
      case "quality":
        if (typeof value === "object" && value !== null && !Array.isArray(value)) continue;
        return refuse("FIELD_TYPE", name, `\`${name}\` is an object by metric name`);
      case "seq":
        if (Number.isSafeInteger(value)) continue;
        return refuse("FIELD_TYPE", name, "`seq` is a whole number");
      case "status":
        if (typeof value === "string" && value.length <= STATUS_MAX) continue;
        return refuse(
          "FIELD_TYPE",
          name,
          `\`status\` is a text of at most ${STATUS_MAX} characters`,
        );
      case "factory_id":
      case "line_id":
        if (typeof value === "string" && isIdentifier(value)) continue;
        return refuse("FIELD_TYPE", name, `\`${name}\` is 1–50 of letters, digits, _ . : -`);
      default:
        return refuse("FIELD_UNKNOWN", name.slice(0, 100), "Put other measurements into `metrics`");
    }
  }
  return null;
}
