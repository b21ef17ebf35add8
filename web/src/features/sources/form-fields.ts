import type { TextKey } from "../../i18n/dictionary.ts";
import type { Protocol, SourceDraft } from "./source-draft.ts";

/** One field of the form. */
export interface FieldSpec {
  readonly name: string;
  readonly label: TextKey;
  readonly note?: TextKey;
  readonly type?: "password" | "check";
  readonly options?: readonly string[];
}

/** A draft, and the way to change one of its fields. */
export interface Shown {
  readonly draft: SourceDraft;
  readonly set: (name: string, value: string) => void;
}

const login: readonly FieldSpec[] = [
  { name: "username", label: "connect.username" },
  { name: "password", label: "connect.password", type: "password", note: "connect.password_note" },
];
const broker: readonly FieldSpec[] = [
  { name: "url", label: "connect.broker", note: "connect.broker_note" },
  { name: "version", label: "connect.mqtt_version", options: ["5", "3.1.1"] },
  ...login,
];

/** Where it is, and who IAI is there. */
export function specsOf(protocol: Protocol): readonly FieldSpec[] {
  switch (protocol) {
    case "http":
      return [];
    case "mqtt":
    case "sparkplug":
      return broker;
    case "modbus":
      return [
        { name: "host", label: "connect.host" },
        { name: "port", label: "connect.port" },
        { name: "framing", label: "connect.framing", options: ["tcp", "rtu-over-tcp"] },
      ];
    case "opcua":
      return [
        { name: "url", label: "connect.server" },
        {
          name: "securityPolicy",
          label: "connect.policy",
          note: "connect.policy_note",
          options: ["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss", "None"],
        },
        ...login,
      ];
  }
}

const device: readonly FieldSpec[] = [
  { name: "deviceId", label: "connect.device" },
  { name: "factoryId", label: "device.factory" },
  { name: "lineId", label: "device.line" },
];
const topic: FieldSpec = { name: "template", label: "connect.topic", note: "connect.topic_note" };
const time: readonly FieldSpec[] = [
  { name: "timestamp", label: "connect.time_field", note: "connect.time_note" },
  { name: "timeUnit", label: "connect.time_unit", options: ["iso", "ms", "s"] },
];

/** What is read there. */
export function contentFields({ protocol, fields }: SourceDraft): readonly FieldSpec[] {
  switch (protocol) {
    case "http":
      return [];
    case "mqtt":
      return [
        topic,
        {
          name: "payload",
          label: "connect.payload",
          options: ["iai", "flat", "jsonpath", "value"],
        },
        ...payloadFields(fields["payload"] ?? "iai"),
      ];
    case "sparkplug":
      return [
        topic,
        {
          name: "requestRebirth",
          label: "connect.rebirth",
          type: "check",
        },
      ];
    case "modbus":
      return [
        ...device,
        { name: "unit", label: "connect.unit_id" },
        { name: "everyMs", label: "connect.every" },
        { name: "order", label: "connect.order", options: ["ABCD", "CDAB", "BADC", "DCBA"] },
        { name: "address_base", label: "connect.base", options: ["0", "1"] },
      ];
    case "opcua":
      return device;
  }
}

function payloadFields(kind: string): readonly FieldSpec[] {
  if (kind === "value")
    return [
      { name: "metric", label: "connect.metric", note: "connect.metric_note" },
      { name: "unit", label: "connect.unit" },
    ];
  if (kind === "flat") return time;
  if (kind === "jsonpath")
    return [{ name: "items", label: "connect.items", note: "connect.items_note" }, ...time];
  return [];
}
