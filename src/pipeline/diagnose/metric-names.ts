import type { MetricName } from "../../model/basics.ts";
import type { BilingualText } from "../../model/diagnosis.ts";

const names: Readonly<Record<MetricName, BilingualText>> = {
  temperature: { zh: "温度", en: "temperature" },
  fluid_temperature: { zh: "流体温度", en: "fluid temperature" },
  bearing_temperature: { zh: "轴承温度", en: "bearing temperature" },
  vibration: { zh: "振动", en: "vibration" },
  vibration_velocity: { zh: "振动速度", en: "vibration velocity" },
  pressure: { zh: "压力", en: "pressure" },
  current: { zh: "电流", en: "current" },
  flow: { zh: "流量", en: "flow" },
  voltage: { zh: "电压", en: "voltage" },
  power: { zh: "功率", en: "power" },
  speed: { zh: "转速", en: "speed" },
  frequency: { zh: "频率", en: "frequency" },
  suction_pressure: { zh: "入口压力", en: "suction pressure" },
  differential_pressure: { zh: "压差", en: "differential pressure" },
  interstage_pressure: { zh: "级间压力", en: "interstage pressure" },
  seal_pressure: { zh: "密封冲洗压力", en: "seal flush pressure" },
  oil_pressure: { zh: "油压", en: "oil pressure" },
  oil_temperature: { zh: "油温", en: "oil temperature" },
  oil_level: { zh: "油位", en: "oil level" },
  seal_temperature: { zh: "密封温度", en: "seal temperature" },
  inlet_temperature: { zh: "进风温度", en: "inlet temperature" },
  terminal_temperature: { zh: "端子温度", en: "terminal temperature" },
  axial_vibration: { zh: "轴向振动", en: "axial vibration" },
  coolant_flow: { zh: "冷却水流量", en: "coolant flow" },
  case_flow: { zh: "泄油流量", en: "case drain flow" },
  current_unbalance: { zh: "电流不平衡度", en: "current unbalance" },
  voltage_unbalance: { zh: "电压不平衡度", en: "voltage unbalance" },
  insulation_resistance: { zh: "绝缘电阻", en: "insulation resistance" },
  shaft_voltage: { zh: "轴电压", en: "shaft voltage" },
  load_ratio: { zh: "加载率", en: "load ratio" },
  particle_count: { zh: "颗粒数", en: "particle count" },
  water_content: { zh: "含水量", en: "water content" },
};

/** What people call a metric; one that has no name of its own is called by its wire name. */
export function metricName(metric: MetricName): BilingualText {
  return names[metric] ?? { zh: metric, en: metric };
}

/** Longest first, so that `fluid temperature` is not read as `temperature`. */
export function spokenMetrics(
  metrics: readonly MetricName[],
): readonly { readonly spoken: string; readonly metric: MetricName }[] {
  return metrics
    .flatMap((metric) => {
      const { zh, en } = metricName(metric);
      return [...new Set([zh, en, metric])].map((spoken) => ({ spoken, metric }));
    })
    .sort((a, b) => b.spoken.length - a.spoken.length);
}
