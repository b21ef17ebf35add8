/** Longest time from an alert to its diagnosis that counts as handled, s. */
export const HANDLED_WITHIN_S = 30;

/**
 * Alerts `a` of the chosen time with `h.diagnosed_at`, their first diagnosis: a report is rewritten when its alarm
 * gets worse, so its own time may be that of a later revision.
 */
export const alertsWithFirstDiagnosis = `alert_log a
  LEFT JOIN (
    SELECT subject_id, MIN(\`at\`) AS diagnosed_at FROM history
    WHERE subject = 'alert' AND action = 'diagnosed' AND \`at\` >= $__timeFrom()
    GROUP BY subject_id
  ) h ON h.subject_id = a.trace_id`;

export const responseSeconds = "TIMESTAMPDIFF(MICROSECOND, a.created_at, h.diagnosed_at) / 1000000";

/** 1 or 0 for each alert; null while it is still in time. */
export const isHandled = `CASE
  WHEN h.diagnosed_at IS NOT NULL THEN ${responseSeconds} <= ${HANDLED_WITHIN_S}
  WHEN a.created_at < UTC_TIMESTAMP(3) - INTERVAL ${HANDLED_WITHIN_S} SECOND THEN 0 END`;
