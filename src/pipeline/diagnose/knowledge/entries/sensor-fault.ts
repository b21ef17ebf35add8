import type { SeedEntry } from "./shipped-rows.ts";

export const sensorFault: SeedEntry = {
  kbId: "KB-SENSOR-FAULT",
  deviceType: "generic",
  category: "sensor_fault",
  failureMode: "AIR",
  failureMechanism: "3.3 Faulty signal",
  component: { zh: "测量回路", en: "Measuring chain" },
  faultPattern: { zh: "传感器卡死或漂移", en: "Stuck or drifting sensor" },
  symptoms: {
    zh: "单个测点长时间一动不动、跳变或越出量程，而与它相关的其他测点不随之变化。",
    en: "One channel does not move at all, jumps or leaves its range, while the channels that belong to it do not follow.",
  },
  rootCause: {
    zh: "探头松动或损坏，接线氧化断线，供电或接地不良，网关重复发送旧值，校准过期。",
    en: "A loose or damaged probe, corroded or broken wiring, bad supply or earth, a gateway that repeats old values, an overdue calibration.",
  },
  solution: {
    zh: "与就地仪表或手持仪表对照，紧固接线，重启网关，必要时更换并重新校准。",
    en: "Compare with a local gauge or a hand-held meter, tighten the wiring, restart the gateway, replace and calibrate if needed.",
  },
  prevention: {
    zh: "建立校准周期，接头做防松防潮，对不变值设质量报警。",
    en: "Keep a calibration schedule, secure and seal the connectors, let unchanged values raise a quality alarm.",
  },
  urgency: {
    zh: "参与联锁的测点立即处理，其余本周内。",
    en: "At once where it trips something, otherwise within the week.",
  },
  signs: [{ metric: "any", direction: "stuck", strength: 1 }],
  discriminators: [
    {
      zh: "就地仪表读数正常为传感器故障，同样异常为设备故障",
      en: "a normal local gauge means the sensor, an equally abnormal one the machine",
    },
  ],
  checks: [
    {
      zh: "用就地仪表或手持仪表复测同一点并比较。",
      en: "Measure the same point with a local gauge or a hand-held meter and compare.",
    },
    {
      zh: "检查接线、供电与网关时间戳，看其他通道是否同时停住。",
      en: "Check wiring, supply and the gateway's timestamps, and see whether other channels stopped at the same time.",
    },
    {
      zh: "需拆探头时，先按规程隔离过程介质并挂牌上锁。",
      en: "Before a probe is taken out, isolate the process and lock out and tag as the procedure says.",
    },
  ],
  parts: ["传感器 sensor", "接头与电缆 connector and cable"],
  estimatedHours: 2,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); NASA RCM Guide for Facilities and Collateral Equipment, instrumentation",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
