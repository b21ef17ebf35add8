import type { SeedEntry } from "./shipped-rows.ts";

export const bearingWear: SeedEntry = {
  kbId: "KB-BEARING-WEAR",
  deviceType: "generic",
  category: "bearing",
  failureMode: "VIB",
  failureMechanism: "2.4 Wear",
  component: { zh: "轴承", en: "Rolling bearing" },
  faultPattern: { zh: "滚动轴承磨损", en: "Rolling bearing wear" },
  symptoms: {
    zh: "振动逐步升高且变得不平稳，轴承座温度随后上升，可听到沙沙声或间歇的咔嗒声；流量、压力一般不变。",
    en: "Vibration grows over days or weeks and becomes uneven, the housing gets warmer later, a rustling or clicking can be heard; flow and pressure usually stay.",
  },
  rootCause: {
    zh: "润滑不足、过量或变质，润滑脂被水或粉尘污染，装配过紧，不对中或不平衡带来的附加载荷，电流经轴承放电。",
    en: "Too little, too much or aged lubricant, water or dust in the grease, a tight fit, extra load from misalignment or imbalance, or shaft currents through the bearing.",
  },
  solution: {
    zh: "先核对润滑并按制造厂要求补脂；若振动不回落，停机挂牌上锁后更换轴承，检查轴颈与座孔配合，复查对中。",
    en: "Check the lubrication and grease as the maker says; if vibration does not come down, stop, lock out and tag, replace the bearing, check journal and housing fits, and check alignment.",
  },
  prevention: {
    zh: "按运行小时建立补脂计划并记录用量，保持密封完好，每次更换后复查对中与平衡，跟踪振动趋势。",
    en: "Grease by running hours and record the amount, keep the seals sound, check alignment and balance after each change, follow the vibration trend.",
  },
  urgency: {
    zh: "趋势缓慢时计划更换；温度升高或噪声突变时本班内停机检查。",
    en: "Plan it while the trend is slow; stop within the shift when it gets warm or the sound changes.",
  },
  signs: [
    { metric: "vibration", direction: "up", strength: 1 },
    { metric: "temperature", direction: "up", strength: 0.6 },
    { metric: "vibration", direction: "noisy", strength: 0.3 },
  ],
  discriminators: [
    {
      zh: "高频（包络）频谱中有轴承特征频率：轴承；仅有一倍转频：不平衡",
      en: "bearing defect frequencies in the envelope spectrum: bearing; running speed alone: imbalance",
    },
    { zh: "轴承座温度是否高于对侧轴承", en: "whether the housing is warmer than the other one" },
  ],
  checks: [
    {
      zh: "用听针或超声仪在两端轴承座听音并比较，同时测轴承座表面温度；不触碰转动部件。",
      en: "Listen at both bearing housings with a rod or ultrasound and compare, and measure the surface temperature; touch nothing that turns.",
    },
    {
      zh: "查补脂记录，观察排出旧脂的颜色、水分和金属屑。",
      en: "Read the greasing record and look at the purged grease for colour, water and metal.",
    },
    {
      zh: "停机、断电、挂牌上锁并确认无残余能量后，手动盘车，感觉卡滞并检查轴向、径向游隙。",
      en: "Stop, isolate, lock out and tag, prove zero energy; then turn the shaft by hand, feel for roughness and check axial and radial play.",
    },
  ],
  parts: ["轴承 bearing", "润滑脂 grease", "轴封 shaft seal"],
  estimatedHours: 6,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); DOE/FEMP Operations & Maintenance Best Practices Guide, bearings; ISO 17359, fault and parameter tables",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
