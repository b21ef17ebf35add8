import { type ErrorEntry, entry } from "./error-entry.ts";

/** Who may not, and what is not there. */
export const accessErrors = {
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
} as const satisfies Record<string, ErrorEntry>;
