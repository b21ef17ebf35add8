import type { Hypothesis } from "../../../model/diagnosis.ts";
import type { AlertRow } from "../../../model/records.ts";
import { behaviourOf, type EvidenceLedger, findEvidence } from "../evidence-ledger.ts";
import { isTelling } from "../metric-evidence.ts";

/** Answers that no fault signature gives: silence, and nothing wrong at all. */

const SILENCE_SCORE = 0.7;
const NO_FAULT_SCORE = 0.65;

/** No data is a fault of the measuring chain until the opposite is shown. */
export function silenceHypothesis(ledger: EvidenceLedger, alert: AlertRow): Hypothesis | null {
  const silent = alert.snapshot.conditions.some(
    (condition) => condition.condition === "no_data" && condition.active,
  );
  const evidence = findEvidence(ledger, "quality");
  if (!silent || evidence === null) return null;
  const text = { zh: "设备不再发送数据", en: "the device has stopped sending" };
  return {
    category: "sensor_fault",
    title: { zh: "数据中断：传感器、网关或供电", en: "Silence: sensor, gateway or power" },
    score: SILENCE_SCORE,
    for: [{ evidence: evidence.id, text }],
    against: [],
    missing: [
      { zh: "同一网关上其他设备是否也中断", en: "whether other devices of the gateway are silent" },
      { zh: "机器本身是否在运行", en: "whether the machine itself is running" },
    ],
    nextCheck: {
      zh: "先看同一网关的其他设备是否也无数据，再查网关与传感器的供电和网线。",
      en: "See whether other devices of the same gateway are silent, then check power and cable of gateway and sensor.",
    },
    kbIds: [],
  };
}

/** Everything measured is as it was: the alarm may have been a passing event, or not about the machine. */
export function noFaultHypothesis(ledger: EvidenceLedger): Hypothesis | null {
  const { facts } = ledger;
  if (facts.length === 0 || facts.some(isTelling) || ledger.missing.includes("telemetry")) {
    return null;
  }
  return {
    category: "no_fault",
    title: { zh: "各测点均无变化，未见故障", en: "Nothing measured has changed: no fault seen" },
    score: NO_FAULT_SCORE,
    for: facts.flatMap((fact) => {
      const evidence = behaviourOf(ledger, fact.metric);
      return evidence === null ? [] : [{ evidence: evidence.id, text: evidence.text }];
    }),
    against: [],
    missing: [
      { zh: "未测量的量是否有变化", en: "whether something that is not measured has changed" },
    ],
    nextCheck: {
      zh: "与现场人员核对报警时刻的操作，并观察一个班次。",
      en: "Ask what was done at the machine at that time, and watch it for one shift.",
    },
    kbIds: [],
  };
}
