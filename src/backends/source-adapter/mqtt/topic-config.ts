import { z } from "zod";
import { isIdentifier, isMetricName } from "../../../model/basics.ts";
import { canonicalUnit } from "../../../model/units.ts";
import { pathFault } from "./json-path.ts";
import { sparkplugTemplateFault } from "./sparkplug-topic.ts";
import { compileTemplate, templateFault } from "./topic-template.ts";

export const template = z.string().check(({ value, issues }) => {
  const fault = templateFault(value);
  if (fault !== null) issues.push({ code: "custom", message: fault, input: value });
});
const unit = z
  .string()
  .refine((text) => canonicalUnit(text) !== null, "must be a unit that IAI knows, see docs/api.md");
const metricName = z.string().refine(isMetricName, "must be 1–50 of letters, digits, _ . : -");

const ownPayload = z.strictObject({
  kind: z.literal("iai").describe("One reading or an array in the form of POST /readings"),
});

const flatPayload = z.strictObject({
  kind: z.literal("flat").describe("One JSON object with a value per field"),
  timestamp: z
    .strictObject({
      field: z
        .string()
        .min(1)
        .nullable()
        .default("timestamp")
        .describe("Field with the device's time, dots lead inwards; null: the time of arrival"),
      unit: z.enum(["iso", "ms", "s"]).default("iso").describe("How it is written"),
    })
    .prefault({}),
  metrics: z
    .record(
      z.string().min(1),
      z.strictObject({
        metric: metricName.nullable().default(null).describe("Its metric; null: named alike"),
        unit: unit.nullable().default(null).describe("Unit it is sent in; null: the metric's own"),
      }),
    )
    .default({})
    .describe("Fields that are taken, dots lead inwards"),
  others: z
    .enum(["ignore", "take"])
    .default("ignore")
    .describe("Numbers of other fields: take each as a metric of its own name"),
});

const valuePayload = z.strictObject({
  kind: z.literal("value").describe("One number a message, at the time of arrival"),
  metric: metricName.nullable().default(null).describe("Its metric; null: {metric} of the topic"),
  unit: unit.nullable().default(null).describe("Unit it is sent in; null: the metric's own"),
});

const path = z.string().check(({ value, issues }) => {
  const fault = pathFault(value);
  if (fault !== null) issues.push({ code: "custom", message: fault, input: value });
});

const jsonPathPayload = z.strictObject({
  kind: z.literal("jsonpath").describe("JSON of any shape, values picked by JSONPath"),
  items: path.default("$").describe("Where the readings lie; $: the whole message is one"),
  timestamp: z
    .strictObject({
      path: path
        .nullable()
        .default("$.timestamp")
        .describe("The device's time, in the reading or else in the message; null: of arrival"),
      unit: z.enum(["iso", "ms", "s"]).default("iso").describe("How it is written"),
    })
    .prefault({}),
  device: path.nullable().default(null).describe("The device's id; null: {device_id} of the topic"),
  metrics: z
    .record(
      z.string().refine(isMetricName, "must be the name of a metric"),
      z.strictObject({
        path: z
          .string()
          .min(1)
          .max(200)
          .describe("Where its value lies in a reading, or its name in a list of pairs"),
        unit: unit.nullable().default(null).describe("Unit it is sent in; null: the metric's own"),
      }),
    )
    .default({})
    .describe("Metrics by their names"),
  name: path
    .nullable()
    .default(null)
    .describe(
      "Items are pairs of a name and a value: where the name lies; null: they are readings",
    ),
  value: path.default("$.value").describe("Where the value of a pair lies"),
  others: z.enum(["ignore", "take"]).default("ignore").describe("Pairs of other names"),
});

const sparkplugPayload = z.strictObject({
  kind: z.literal("sparkplug").describe("Nodes and devices of Sparkplug B"),
  requestRebirth: z
    .boolean()
    .default(false)
    .describe(
      "Ask a node for its birth (NCMD) when something of it was missed: a write to the field's broker",
    ),
  metrics: z
    .record(
      z.string().min(1),
      z.strictObject({
        metric: metricName
          .nullable()
          .default(null)
          .describe("Its metric; null: named alike, / becomes ."),
        unit: unit.nullable().default(null).describe("Unit it is sent in; null: that of its birth"),
      }),
    )
    .default({})
    .describe("Metrics by the names of their birth"),
  others: z
    .enum(["ignore", "take"])
    .default("take")
    .describe("Numbers of other names: take each as a metric of its own name"),
  devices: z
    .record(z.string(), z.string().refine(isIdentifier, "must be 1–50 of letters, digits, _ . : -"))
    .default({})
    .describe("Device id by group/node/device, or group/node for the node's own metrics"),
});

/** Where readings arrive, and how they are written. */
export const topic = z
  .strictObject({
    template: z
      .string()
      .describe("Topic with {factory_id}, {line_id}, {device_id}, {metric} or + as whole levels"),
    payload: z
      .discriminatedUnion("kind", [
        ownPayload,
        flatPayload,
        jsonPathPayload,
        valuePayload,
        sparkplugPayload,
      ])
      .prefault({ kind: "iai" }),
  })
  .check(({ value: { template: text, payload }, issues }) => {
    const fault = payload.kind === "sparkplug" ? sparkplugTemplateFault(text) : templateFault(text);
    if (fault !== null)
      issues.push({ code: "custom", path: ["template"], message: fault, input: text });
  })
  .check(({ value: { payload }, issues }) => {
    if (payload.kind !== "jsonpath" || payload.name !== null) return;
    for (const [name, { path: text }] of Object.entries(payload.metrics)) {
      const fault = pathFault(text);
      const place = ["payload", "metrics", name, "path"];
      if (fault !== null) issues.push({ code: "custom", path: place, message: fault, input: text });
    }
  })
  .refine(
    ({ template: text, payload }) =>
      payload.kind !== "value" ||
      payload.metric !== null ||
      compileTemplate(text).fields.has("metric"),
    { path: ["payload", "metric"], message: "must be given where the topic has no {metric}" },
  )
  .refine(
    ({ template: text, payload }) =>
      payload.kind === "iai" ||
      (payload.kind === "jsonpath" && payload.device !== null) ||
      compileTemplate(text).fields.has("device_id"),
    { path: ["template"], message: "must have {device_id} where the payload names no device" },
  );

export type TopicConfig = z.infer<typeof topic>;
export type PayloadConfig = TopicConfig["payload"];
export type SparkplugForm = Extract<PayloadConfig, { kind: "sparkplug" }>;
