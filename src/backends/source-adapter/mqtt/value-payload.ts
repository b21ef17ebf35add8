import { isUtf8 } from "node:buffer";
import type { EpochMs } from "../../../model/basics.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import { readingOf } from "./reading-text.ts";
import type { PayloadConfig } from "./topic-config.ts";
import type { TopicValues } from "./topic-template.ts";

/** A number as JSON writes it; nothing else may stand in the message. */
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** Characters of something else that are kept. */
const TEXT_MAX = 200;

/** One value, at the time it arrived. Anything but a number is a bad value with its text. */
export function decodeValue(
  payload: Uint8Array,
  about: {
    readonly form: Extract<PayloadConfig, { kind: "value" }>;
    readonly values: TopicValues;
    readonly source: string;
    readonly at: EpochMs;
  },
): SourceItem {
  const { form, values, source, at } = about;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const text = isUtf8(bytes) ? bytes.toString("utf8").trim() : bytes.toString("hex");
  const isNumber = number.test(text);
  const written = {
    metric: form.metric ?? values.metric ?? "",
    unit: form.unit,
    value: isNumber ? Number(text) : text.slice(0, TEXT_MAX),
    text: () => (isNumber ? text : JSON.stringify(text.slice(0, TEXT_MAX))),
  };
  const parts = { topic: values, timestamp: at, sent: payload, source, isOurTime: true };
  return readingOf({ ...parts, values: [written] });
}
