import type { BilingualText, FaultCategory } from "../../model/diagnosis.ts";

const names: Readonly<Record<FaultCategory, BilingualText>> = {
  bearing: { zh: "轴承故障", en: "bearing fault" },
  seal: { zh: "密封失效", en: "seal failure" },
  motor: { zh: "电机故障", en: "motor fault" },
  imbalance: { zh: "转子不平衡", en: "rotor imbalance" },
  misalignment: { zh: "不对中", en: "misalignment" },
  cavitation: { zh: "汽蚀", en: "cavitation" },
  blockage: { zh: "堵塞", en: "blockage" },
  leak: { zh: "泄漏", en: "leak" },
  cooling: { zh: "冷却不良", en: "loss of cooling" },
  electrical: { zh: "电气故障", en: "electrical fault" },
  sensor_fault: { zh: "传感器或通讯故障", en: "sensor or communication fault" },
  no_fault: { zh: "无故障", en: "no fault" },
  unknown: { zh: "原因未明", en: "cause unknown" },
};

/** What people call a fault category. */
export function faultName(category: FaultCategory): BilingualText {
  return names[category];
}
