import type { SeedEntry } from "./shipped-rows.ts";

export const rotorImbalance: SeedEntry = {
  kbId: "KB-ROTOR-IMBALANCE",
  deviceType: "generic",
  category: "imbalance",
  failureMode: "VIB",
  failureMechanism: "1.2 Vibration",
  component: { zh: "转子、叶轮", en: "Rotor" },
  faultPattern: { zh: "转子不平衡", en: "Rotor imbalance" },
  symptoms: {
    zh: "振动升高，径向为主，频率等于转速，各轴承座同时升高；温度、电流、流量基本不变。",
    en: "Vibration is up, mainly radial and at running speed, on all housings together; temperature, current and flow hardly change.",
  },
  rootCause: {
    zh: "叶轮结垢、磨损或掉块，平衡块松脱，检修后未做动平衡，转子热弯曲。",
    en: "Deposits on, wear of or a piece lost from the impeller, a loose balance weight, no balancing after a repair, a thermally bent rotor.",
  },
  solution: {
    zh: "停机挂牌上锁后检查并清洁叶轮，紧固联轴器与平衡块，现场或上机做动平衡。",
    en: "Stop, lock out and tag; inspect and clean the impeller, tighten coupling and balance weights, balance in place or on a machine.",
  },
  prevention: {
    zh: "检修后按规定等级做动平衡并存档，定期清理结垢，对突增的振动当班处理。",
    en: "Balance to the specified grade after each repair and keep the record, remove deposits on schedule, act on sudden vibration within the shift.",
  },
  urgency: {
    zh: "计划处理；振动突增或达到限值时立即停机。",
    en: "Planned; stop at once when vibration jumps or reaches its limit.",
  },
  signs: [
    { metric: "vibration", direction: "up", strength: 1 },
    { metric: "temperature", direction: "steady", strength: 0.5 },
    { metric: "current", direction: "steady", strength: 0.4 },
    { metric: "flow", direction: "steady", strength: 0.2 },
  ],
  discriminators: [
    {
      zh: "振动相位：径向两点相差约直角为不平衡；轴向明显为不对中",
      en: "phase of the vibration: a right angle between radial points means imbalance, strong axial motion misalignment",
    },
    { zh: "最近一次动平衡与叶轮清洁的时间", en: "when it was last balanced and cleaned" },
  ],
  checks: [
    {
      zh: "用手持测振仪测两端轴承座水平、垂直、轴向振动，比较大小与方向；不触碰转动部件。",
      en: "Measure both housings horizontally, vertically and axially with a hand-held meter and compare; touch nothing that turns.",
    },
    {
      zh: "看地脚螺栓与底座有无松动，查最近的检修和动平衡记录。",
      en: "Look for loose foundation bolts and read the last repair and balancing records.",
    },
    {
      zh: "停机、断电、挂牌上锁并确认无残余能量后，检查叶轮结垢、缺损和平衡块。",
      en: "Stop, isolate, lock out and tag, prove zero energy; then inspect the impeller for deposits and damage, and the balance weights.",
    },
  ],
  parts: ["平衡块 balance weights", "联轴器弹性体 coupling element"],
  estimatedHours: 4,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); ISO 21940 (balancing), by title; DOE/FEMP Operations & Maintenance Best Practices Guide, vibration analysis",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
