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
