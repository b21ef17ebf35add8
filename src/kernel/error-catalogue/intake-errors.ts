import { type ErrorEntry, entry } from "./error-entry.ts";

/** What a body, a reading or a value can be refused for, and when nothing is taken. */
export const intakeErrors = {
  // A body as a whole
  JSON_INVALID: entry(
    400,
    false,
    "The body is not JSON",
    "Send one JSON object, an array of objects, or NDJSON with one object a line.",
  ),
  UTF8_INVALID: entry(400, false, "The body is not UTF-8", "Encode the body as UTF-8."),
  KEY_DUPLICATE: entry(
    400,
    false,
    "A key stands twice in one object",
    "Send each key once: which of the two is meant cannot be known.",
  ),
  DEPTH: entry(
    413,
    false,
    "The body is nested too deeply",
    "Send readings flat; at most 8 levels are read.",
  ),
  TOO_LARGE: entry(
    413,
    false,
    "The body is too large",
    "Send at most 1 MiB and 1,000 readings a request, counted after decompression.",
  ),
  ENCODING_UNSUPPORTED: entry(
    415,
    false,
    "The content encoding is not known",
    "Send the body as it is or with gzip.",
  ),
  MEDIA_TYPE_UNSUPPORTED: entry(
    415,
    false,
    "The media type is not known",
    "Send application/json or application/x-ndjson.",
  ),
  ALL_REJECTED: entry(
    422,
    false,
    "No reading of the request was accepted",
    "See `rejected`: each item says what is wrong with it.",
  ),
  // One reading
  TS_NO_ZONE: entry(
    422,
    false,
    "The timestamp has no zone",
    "Send ISO 8601 with an offset, or whole milliseconds since 1970.",
  ),
  TS_INVALID: entry(
    422,
    false,
    "The timestamp is not a date",
    "Send ISO 8601 with an offset, or whole milliseconds since 1970.",
  ),
  TS_IN_FUTURE: entry(
    422,
    false,
    "The timestamp is more than 5 min ahead",
    "Set the device's clock.",
  ),
  TS_TOO_OLD: entry(
    422,
    false,
    "The timestamp is older than the retention of raw readings",
    "Use `--shift-to-now` for a recording.",
  ),
  DEVICE_ID_INVALID: entry(
    422,
    false,
    "The device id is not valid",
    "Use 1–50 of letters, digits, `_ . : -`.",
  ),
  DEVICE_UNKNOWN: entry(
    422,
    false,
    "The device is not registered",
    "Register it, or switch on `ingest.autoRegister`.",
  ),
  DUPLICATE_CONFLICT: entry(
    422,
    false,
    "Another value is stored for this device, time and metric",
    "The first value was kept; the second is in quarantine.",
  ),
  TOPIC_UNKNOWN: entry(
    422,
    false,
    "The topic fits none of the source's templates",
    "Add a template to `sources`, or take the old subscription out of the broker's session.",
  ),
  TOPIC_MISMATCH: entry(
    422,
    false,
    "Topic and payload name different devices",
    "Send a device's readings to its own topic.",
  ),
  PAYLOAD_INVALID: entry(
    422,
    false,
    "The message is not in the form of its topic",
    "Send what the source's payload kind says, or set another kind for this topic.",
  ),
  SPARKPLUG_UNBORN: entry(
    422,
    false,
    "Data of a Sparkplug node whose birth was not heard",
    "Set `requestRebirth`, or restart the node; the raw message is in quarantine.",
  ),
  FIELD_MISSING: entry(422, false, "A field is missing", "Send `device_id` and `timestamp`."),
  FIELD_UNKNOWN: entry(
    422,
    false,
    "A field is not known",
    "Put measurements that have no name of their own into `metrics`.",
  ),
  FIELD_TYPE: entry(422, false, "A field has the wrong type", "See docs/api.md for the types."),
  NO_VALUES: entry(422, false, "The reading has no good value", "Send at least one finite number."),
  // One value
  VALUE_NOT_FINITE: entry(
    422,
    false,
    "The value is not finite",
    "Check the sensor and the gateway.",
  ),
  VALUE_TYPE: entry(
    422,
    false,
    "The value is not a number",
    "Send JSON numbers, with a decimal dot.",
  ),
  VALUE_OUT_OF_RANGE: entry(
    422,
    false,
    "The value is physically absurd",
    "Check the sensor and its unit.",
  ),
  VALUE_OUTSIDE_SENSOR_RANGE: entry(
    422,
    false,
    "The value is outside the sensor's range",
    "Check the sensor.",
  ),
  UNIT_UNKNOWN: entry(422, false, "The unit is not known", "See docs/api.md for the units."),
  UNIT_INCOMPATIBLE: entry(
    422,
    false,
    "The unit measures another quantity",
    "Velocity is the metric `vibration_velocity`; g and mm/s do not convert.",
  ),
  // Back-pressure
  LOG_FULL: entry(
    503,
    true,
    "The durable log is full",
    "Find out why the stations do not keep up: /readyz names them.",
  ),
  STORAGE_LOW: entry(
    503,
    true,
    "The disk is almost full",
    "Free disk space; ingest resumes by itself.",
  ),
  STORAGE_IO_ERROR: entry(
    503,
    true,
    "The disk failed",
    "Check the disk; IAI stops and checks its files at the next start.",
  ),
  RATE_LIMITED: entry(429, true, "Too many requests", "Send less, or raise the limit of the key."),
  SHUTTING_DOWN: entry(503, true, "IAI is stopping", "Try again when it runs."),
  QUEUE_FULL: entry(503, true, "A queue is full", "Try again; if it persists see /readyz."),
} as const satisfies Record<string, ErrorEntry>;
