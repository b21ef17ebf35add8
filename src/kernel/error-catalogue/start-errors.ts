import { type ErrorEntry, entry } from "./error-entry.ts";

/** What stops a start or a command. */
export const startErrors = {
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
