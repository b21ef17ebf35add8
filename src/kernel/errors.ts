/**
 * Every failure that leaves a station has a code from this catalogue. `status` is the HTTP status, `retry`
 * says whether the same request can succeed later, `remedy` is what the night shift should do.
 * `docs/errors.md` is generated from it.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly retry: boolean;
  readonly title: string;
  readonly remedy: string;
}

const entry = (status: number, retry: boolean, title: string, remedy: string): ErrorEntry => ({
  status,
  retry,
  title,
  remedy,
});

export const errorCatalogue = {
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
  // Access
  UNAUTHENTICATED: entry(
    401,
    false,
    "No valid key or session",
    "Send `Authorization: Bearer <key>` or sign in.",
  ),
  FORBIDDEN: entry(
    403,
    false,
    "Your role may not do this",
    "Ask an administrator; `detail` names the roles that may.",
  ),
  ORIGIN_REFUSED: entry(
    403,
    false,
    "The request comes from another site",
    "Open the console at its own address.",
  ),
  LOGIN_LOCKED: entry(429, true, "Too many failed sign-ins", "Wait until the time in `detail`."),
  PASSWORD_WEAK: entry(
    422,
    false,
    "The password is too weak",
    "Use at least 12 characters that are not a common password.",
  ),
  SETUP_LINK_INVALID: entry(
    403,
    false,
    "The set-up link is not valid",
    "It works once; use `./iai user add` instead.",
  ),
  // Resources
  NOT_FOUND: entry(404, false, "There is no such thing", "Check the id."),
  ROUTE_NOT_FOUND: entry(404, false, "There is no such address", "See /docs."),
  METHOD_NOT_ALLOWED: entry(405, false, "The method is not possible here", "See /docs."),
  CONFLICT: entry(409, false, "It exists already", "Read it and change it instead."),
  STATE_REFUSED: entry(
    409,
    false,
    "Not possible in the present state",
    "`detail` says which state it is in and what is possible.",
  ),
  REASON_REQUIRED: entry(422, false, "A reason is needed", "Say why in `reason`."),
  INVALID_REQUEST: entry(
    422,
    false,
    "The request is not valid",
    "`detail` names the field and what is allowed.",
  ),
  QUERY_TOO_WIDE: entry(
    422,
    false,
    "The query spans too much",
    "Ask for a shorter time or a smaller limit.",
  ),
  CURSOR_INVALID: entry(422, false, "The cursor is not valid", "Start again without a cursor."),
  RULE_SYNTAX: entry(422, false, "The rule cannot be read", "`detail` points at the column."),
  RULE_TYPE: entry(422, false, "The rule does not make sense", "`detail` points at the column."),
  FENCED: entry(
    409,
    false,
    "Another worker took over",
    "Nothing to do: the later worker's result counts.",
  ),
  // Stations and backends
  BUS_UNREACHABLE: entry(
    503,
    true,
    "The event bus does not answer",
    "Check the broker; accepted readings are kept in the log.",
  ),
  BUS_BEHIND: entry(
    503,
    true,
    "Readings that nobody has read yet would soon be deleted",
    "Start the station that `detail` names, or give the topic a longer retention.",
  ),
  BUS_REFUSED: entry(
    500,
    false,
    "The event bus will never take this record",
    "See quarantine; the broker's limit for one record may be too small.",
  ),
  TELEMETRY_UNREACHABLE: entry(
    503,
    true,
    "The telemetry store does not answer",
    "Check it; accepted readings are kept in the log.",
  ),
  TELEMETRY_DENIED: entry(
    503,
    true,
    "The telemetry store refuses IAI's user",
    "Check user, password and rights there; accepted readings are kept in the log.",
  ),
  TELEMETRY_FULL: entry(
    503,
    true,
    "The telemetry store takes no more",
    "Free its disk or raise its limit, then restart it; accepted readings are kept in the log.",
  ),
  TELEMETRY_REJECTED: entry(500, false, "The telemetry store refused a point", "See quarantine."),
  TELEMETRY_CORRUPT: entry(500, false, "A telemetry file is damaged", "Run `./iai rebuild`."),
  RECORDS_UNREACHABLE: entry(503, true, "The record store does not answer", "Check the database."),
  RECORDS_BUSY: entry(
    503,
    true,
    "Too many change the same records",
    "Try again; if it persists look for a transaction that holds its rows.",
  ),
  RECORDS_DENIED: entry(
    500,
    false,
    "The record store refuses us",
    "Check user, password, rights, the name of the database and its certificate.",
  ),
  RECORDS_CORRUPT: entry(500, false, "The record store is damaged", "Restore the newest backup."),
  RECORDS_NEWER: entry(
    500,
    false,
    "The data was written by a newer version",
    "Start the newer version; nothing was changed.",
  ),
  STREAM_UNREACHABLE: entry(
    503,
    true,
    "The stream engine does not answer",
    "Check Flink's job manager; what was accepted is kept and stepped later.",
  ),
  STREAM_REFUSED: entry(
    502,
    false,
    "The stream engine refused",
    "`detail` has its reason; see `./iai cluster status` and Flink's log.",
  ),
  STEP_FAILED: entry(
    422,
    false,
    "A stream job could not use a record",
    "See quarantine: `detail` has the job, the record's place in the log and the reason.",
  ),
  STREAM_STOPPED: entry(
    503,
    true,
    "A stream job does not run",
    "Run `./iai cluster deploy`; it goes on from its newest checkpoint.",
  ),
  CACHE_UNREACHABLE: entry(
    503,
    true,
    "The cache does not answer",
    "Nothing is lost; answers are slower.",
  ),
  CACHE_REFUSED: entry(
    500,
    false,
    "The cache refused a command",
    "Check the rights of its user; nothing is lost, answers are slower.",
  ),
  SOURCE_UNREACHABLE: entry(
    503,
    true,
    "A source of readings does not answer",
    "Check it and the network; IAI tries again for ever.",
  ),
  SOURCE_DENIED: entry(
    503,
    true,
    "A source of readings refuses IAI",
    "Check user, password and rights there; IAI tries again for ever.",
  ),
  SOURCE_UNTRUSTED: entry(
    503,
    true,
    "The certificate of a source is not trusted",
    "Renew it or give the authority that signed it; IAI tries again for ever.",
  ),
  NOTIFY_REFUSED: entry(
    502,
    false,
    "The receiver refused the message",
    "Check the receiver's address and its allow-list.",
  ),
  NOTIFY_UNREACHABLE: entry(
    502,
    true,
    "The receiver does not answer",
    "It is tried again; see the delivery journal.",
  ),
  LLM_UNREACHABLE: entry(
    502,
    true,
    "The language model does not answer",
    "The rule report stands.",
  ),
  LLM_DENIED: entry(
    502,
    false,
    "The language model refuses IAI",
    "Check its key, balance, plan and the id of the model. The rule report stands.",
  ),
  LLM_BUDGET: entry(
    429,
    true,
    "The budget of the language model is used up",
    "Wait, or raise `languageModel.budget`. The rule report stands.",
  ),
  LLM_PAUSED: entry(
    503,
    true,
    "The language model is left alone for a while",
    "It is tried again by itself; `detail` says why. The rule report stands.",
  ),
  LLM_CONTENT_REFUSED: entry(
    502,
    false,
    "The language model refuses the content",
    "Nothing to do: the rule report stands.",
  ),
  LLM_PROMPT_TOO_LONG: entry(
    502,
    false,
    "The prompt is too long for the language model",
    "Take a model with a longer context. The rule report stands.",
  ),
  LLM_ANSWER_INVALID: entry(
    502,
    true,
    "The language model's answer cannot be read",
    "Check `languageModel.baseUrl`: a proxy may answer. The rule report stands.",
  ),
  LLM_NONE: entry(
    404,
    false,
    "No language model is configured",
    "Nothing to do: rule reports are complete.",
  ),
  // Start and command line
  CONFIG_INVALID: entry(
    500,
    false,
    "The configuration is not valid",
    "The message names the key, its source and what is allowed.",
  ),
  CONFIG_UNREADABLE: entry(
    500,
    false,
    "The configuration cannot be read",
    "Check the file and its rights.",
  ),
  CONFIG_UNREACHABLE: entry(
    503,
    true,
    "The configuration service does not answer",
    "Check it; what runs goes on with the last good configuration.",
  ),
  DATA_DIR_IN_USE: entry(
    500,
    false,
    "The data folder is in use",
    "Stop the other process first: `./iai stop`.",
  ),
  PORT_IN_USE: entry(500, false, "A port is in use", "Stop the other program or set another port."),
  BIND_REFUSED: entry(
    500,
    false,
    "Will not listen beyond this machine without TLS",
    "Set up TLS or say `http.allowInsecureBind: true`.",
  ),
  MAP_INVALID: entry(500, false, "The map cannot be read", "See examples/maps/."),
  RECORDING_INVALID: entry(
    500,
    false,
    "The recording cannot be read",
    "The message names the line.",
  ),
  TRAINING_TOO_LITTLE: entry(
    422,
    false,
    "There are too few runs to failure",
    "Close more orders with their verdict, or train on recordings with --folder and --map.",
  ),
  USAGE: entry(500, false, "The command was not understood", "Run it with --help."),
  UNSUPPORTED: entry(501, false, "This is not available here", "`detail` says where it is."),
  INTERNAL: entry(500, false, "An error of ours", "The log has the details under the trace id."),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** The one error class: a stable code, a message that says what was and was not done, and the cause. */
export class IaiError extends Error {
  readonly code: ErrorCode;
  /** For a machine: field, index, retryAfterMs … */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; data?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "IaiError";
    this.code = code;
    this.data = options.data ?? {};
  }
}

/** The catalogue entry of a code. */
export function describeError(code: ErrorCode): ErrorEntry {
  return errorCatalogue[code];
}

/** Anything thrown as an `IaiError`; unknown failures become `INTERNAL` with their cause kept. */
export function asIaiError(failure: unknown, action: string): IaiError {
  if (failure instanceof IaiError) return failure;
  const reason = failure instanceof Error ? failure.message : String(failure);
  return new IaiError("INTERNAL", `Cannot ${action}: ${reason}`, { cause: failure });
}
