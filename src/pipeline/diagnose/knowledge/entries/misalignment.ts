import type { SeedEntry } from "./shipped-rows.ts";

export const misalignment: SeedEntry = {
  kbId: "KB-MISALIGNMENT",
  deviceType: "generic",
  category: "misalignment",
  failureMode: "VIB",
  failureMechanism: "1.3 Alignment",
  component: { zh: "联轴器", en: "Coupling" },
  faultPattern: { zh: "联轴器不对中", en: "Coupling misalignment" },
  symptoms: {
    zh: "振动升高且轴向明显，电流略升，联轴器与靠近它的轴承发热，多出现在检修后或管道热胀后。",
    en: "Vibration is up with a strong axial part, current slightly up, coupling and nearby bearings warm; often after a repair or when pipes grow with heat.",
  },
  rootCause: {
    zh: "找正不良，软脚，管道应力，基础沉降，冷态找正未留热膨胀量。",
    en: "Poor alignment, a soft foot, pipe strain, settling foundations, no allowance for thermal growth.",
  },
  solution: {
    zh: "停机挂牌上锁后消除软脚与管道应力，用激光或百分表重新找正，更换损坏的弹性体。",
    en: "Stop, lock out and tag; remove soft foot and pipe strain, align with laser or dial gauges, replace a damaged coupling element.",
  },
  prevention: {
    zh: "每次拆装后复查对中并记录冷、热态数据，管道支吊架定期检查。",
    en: "Check alignment after each removal, record cold and hot values, inspect pipe supports on schedule.",
  },
  urgency: {
    zh: "计划处理；达到振动限值时停机。",
    en: "Planned; stop at the vibration limit.",
  },
  signs: [
    { metric: "vibration", direction: "up", strength: 0.9 },
    { metric: "current", direction: "up", strength: 0.5 },
    { metric: "temperature", direction: "up", strength: 0.2 },
  ],
  discriminators: [
    {
      zh: "轴向振动与二倍转频明显：不对中；只有径向一倍转频：不平衡",
      en: "strong axial motion and twice running speed: misalignment; radial at running speed only: imbalance",
    },
    { zh: "近期是否拆装或改动管道", en: "whether it was taken apart or piped anew lately" },
  ],
  checks: [
    {
      zh: "测联轴器两侧轴承座的轴向与径向振动并比较；红外测联轴器护罩处温度，不拆护罩。",
      en: "Compare axial and radial vibration on both sides of the coupling; take its temperature by infrared with the guard in place.",
    },
    {
      zh: "查最近的检修与找正记录，看护罩下有无橡胶粉末。",
      en: "Read the last repair and alignment records and look for rubber dust below the guard.",
    },
    {
      zh: "停机、断电、挂牌上锁并确认无残余能量后，检查软脚并复测对中。",
      en: "Stop, isolate, lock out and tag, prove zero energy; then check for a soft foot and measure the alignment.",
    },
  ],
  parts: ["联轴器弹性体 coupling element", "调整垫片 shims"],
  estimatedHours: 5,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); DOE/FEMP Operations & Maintenance Best Practices Guide, pumps and motors; ISO 13373 (structure)",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
