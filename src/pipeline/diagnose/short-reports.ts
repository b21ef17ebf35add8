import type { BilingualText, DiagnosisReport } from "../../model/diagnosis.ts";
import type { AlertRow } from "../../model/records.ts";
import { cited, runningText } from "./cited-text.ts";
import { draftEvidence } from "./evidence-draft.ts";
import { responseTexts } from "./evidence-text.ts";
import { type ReportBody, reportSeverities } from "./report-writer.ts";

const lookAtMachine: BilingualText = {
  zh: "到现场查看机器，并核对就地仪表",
  en: "Look at the machine on site and compare with the local gauges",
};

/** The report of an alarm within a burst: it points to the first one, whose report tells the story. */
export function groupedReport(
  alert: AlertRow,
  first: { readonly traceId: string; readonly report: DiagnosisReport | null },
): ReportBody {
  const text = {
    zh: `本报警属于同一设备的报警簇，与首个报警 ${first.traceId} 一并诊断`,
    en: `This alarm belongs to a burst of its device and is diagnosed with the first one, ${first.traceId}`,
  };
  const same = {
    zh: "处置见首个报警的报告与工单",
    en: "See the report and the order of the first alarm",
  };
  return shortReport(alert, {
    evidence: { groupTraceId: first.traceId },
    text,
    action: same,
    faultCategory: first.report?.faultCategory ?? "unknown",
    confidence: first.report?.confidence ?? 0,
    degradedReason: null,
  });
}

/** The report when all attempts failed: little, but true, so that every alarm ends in a diagnosis. */
export function minimalReport(alert: AlertRow, error: string): ReportBody {
  const text = {
    zh: "自动诊断多次失败，本报告只含报警本身；原因未明",
    en: "The automatic diagnosis failed several times; this report holds the alarm alone and the cause is open",
  };
  return shortReport(alert, {
    evidence: { source: "diagnosis", reason: error },
    text,
    action: lookAtMachine,
    faultCategory: "unknown",
    confidence: 0,
    degradedReason: error,
  });
}

interface ShortContent {
  readonly evidence: Readonly<Record<string, string>>;
  readonly text: BilingualText;
  readonly action: BilingualText;
  readonly faultCategory: DiagnosisReport["faultCategory"];
  readonly confidence: number;
  readonly degradedReason: string | null;
}

function shortReport(alert: AlertRow, content: ShortContent): ReportBody {
  const query = `GET /api/v1/alerts/${alert.traceId}`;
  const respond = responseTexts[alert.alertLevel];
  const evidence = [
    {
      id: "E1",
      ...draftEvidence("missing", { value: content.evidence, query, text: content.text }),
    },
    {
      id: "E2",
      ...draftEvidence("margin", { value: { severity: alert.alertLevel }, query, text: respond }),
    },
  ];
  return {
    traceId: alert.traceId,
    deviceId: alert.deviceId,
    diagnosisText: runningText([cited(content.text, ["E1"])]),
    decisionText: runningText([cited(respond, ["E2"])]),
    recommendedAction: runningText([cited(content.action, ["E1"])]),
    faultCategory: content.faultCategory,
    severity: reportSeverities[alert.alertLevel],
    plan: { steps: [content.action], parts: [], estimatedHours: null },
    hypotheses: [],
    evidence,
    grounding: { checkedNumbers: 0, violations: [] },
    source: "rules",
    degraded: content.degradedReason !== null,
    degradedReason: content.degradedReason,
    confidence: content.confidence,
  };
}
