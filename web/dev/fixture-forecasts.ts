import type { DeviceStatus } from "../src/api/types.ts";

/** Health of a machine that shakes, and of one that is well. */
export function makeHealth(loud: boolean): NonNullable<DeviceStatus["health"]> {
  if (!loud) return { index: 100, takes: [] };
  const takes: NonNullable<DeviceStatus["health"]>["takes"] = [
    { metric: "vibration", because: "limit", points: 38.2 },
    { metric: "vibration", because: "deviation", points: 17.5 },
    { metric: "current", because: "deviation", points: 1.1 },
  ];
  return { index: 43.2, takes };
}

/** A forecast where a trend is flagged, else the reason why there is none. */
export function makeForecast(id: string, loud: boolean) {
  const health = makeHealth(loud);
  if (!loud) return { device_id: id, health, forecast: null, reason: "no trend is flagged" };
  const now = Date.now();
  return {
    device_id: id,
    health,
    forecast: {
      horizon_h: 24,
      probability: 0.62,
      rul: { p05: 6.1, p50: 18.4, p95: 71 },
      limit: { metric: "vibration", value: 0.41, rated: 0.5 },
      method: "wiener_first_passage",
      evidence: [
        "vibration is at 0.41 g, its limit is 0.5 g",
        "since the trend was flagged 22.0 h ago it has gone 3.1 % of the way to the limit each hour, give or take 1.2 %",
      ],
      data_span: `${new Date(now - 79_200_000).toISOString()}/${new Date(now).toISOString()}`,
      skill: 0.34,
      valid_until: new Date(now + 8_640_000).toISOString(),
    },
    reason: null,
  };
}

export function makeReliability(deviceType: string) {
  const bins = [0, 0.2, 0.4, 0.6, 0.8].map((from, i) => ({
    from,
    to: from + 0.2,
    count: [112, 31, 18, 12, 9][i],
    predicted: from + 0.08,
    observed: from + 0.05 + i * 0.03,
  }));
  const row = { device_type: deviceType, method: "wiener_first_passage", unknown: 4, bins };
  return {
    items: [
      {
        ...row,
        horizon_h: 6,
        scored: 182,
        reached: 14,
        brier: 0.041,
        brier_of_base_rate: 0.071,
        skill: 0.42,
        state: "shown",
      },
      {
        ...row,
        horizon_h: 24,
        scored: 170,
        reached: 41,
        brier: 0.12,
        brier_of_base_rate: 0.183,
        skill: 0.34,
        state: "shown",
      },
      {
        ...row,
        horizon_h: 72,
        scored: 140,
        reached: 77,
        brier: 0.31,
        brier_of_base_rate: 0.247,
        skill: -0.26,
        state: "off",
      },
    ],
  };
}
