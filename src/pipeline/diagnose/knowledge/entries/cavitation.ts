import type { SeedEntry } from "./shipped-rows.ts";

export const cavitation: SeedEntry = {
  kbId: "KB-CAVITATION",
  deviceType: "pump",
  category: "cavitation",
  failureMode: "NOI",
  failureMechanism: "2.1 Cavitation",
  component: { zh: "叶轮", en: "Impeller" },
  faultPattern: { zh: "泵汽蚀", en: "Pump cavitation" },
  symptoms: {
    zh: "振动与出口压力剧烈波动，流量波动或下降，泵壳有爆裂砂石般的声音。",
    en: "Vibration and discharge pressure fluctuate strongly, flow fluctuates or falls, the casing sounds as if it pumped gravel.",
  },
  rootCause: {
    zh: "吸入侧压力不足：液位低、滤网堵、液温高、转速或流量过大，吸入管漏气。",
    en: "Too little pressure at the suction: low level, clogged strainer, hot liquid, too much speed or flow, air drawn into the suction line.",
  },
  solution: {
    zh: "提高吸入液位或压力，清洗吸入滤网，适当关小出口阀使工况回到曲线内，消除漏气。",
    en: "Raise suction level or pressure, clean the suction strainer, throttle the discharge back onto the curve, stop the air leak.",
  },
  prevention: {
    zh: "按最不利液温与液位核算汽蚀余量，设吸入低压与低液位报警。",
    en: "Check the suction head for the worst temperature and level, and set alarms for low suction pressure and level.",
  },
  urgency: {
    zh: "本班内消除，长时间汽蚀会损坏叶轮与密封。",
    en: "End it within the shift: cavitation ruins impeller and seal.",
  },
  signs: [
    { metric: "vibration", direction: "noisy", strength: 0.8 },
    { metric: "pressure", direction: "noisy", strength: 0.8 },
    { metric: "flow", direction: "noisy", strength: 0.5 },
    { metric: "vibration", direction: "up", strength: 0.3 },
    { metric: "flow", direction: "down", strength: 0.3 },
  ],
  discriminators: [
    {
      zh: "关小出口阀后噪声明显减轻为汽蚀，不变则查轴承",
      en: "if throttling the discharge quietens it, it is cavitation; if not, look at the bearings",
    },
    { zh: "吸入压力与液温", en: "suction pressure and liquid temperature" },
  ],
  checks: [
    {
      zh: "读吸入液位、吸入压力和液温，听泵壳声音。",
      en: "Read suction level, suction pressure and liquid temperature, and listen at the casing.",
    },
    {
      zh: "征得运行同意后短时关小出口阀，观察波动是否减轻。",
      en: "With the operators' consent throttle the discharge for a short time and see whether it calms down.",
    },
    {
      zh: "停机、断电、关阀、泄压、挂牌上锁并确认后，清洗吸入滤网，检查叶轮蚀坑。",
      en: "Stop, isolate, close the valves, relieve pressure, lock out and tag, prove it safe; then clean the suction strainer and look for pitting on the impeller.",
    },
  ],
  parts: ["吸入滤网 suction strainer", "叶轮 impeller"],
  estimatedHours: 4,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); US DOE Improving Pumping System Performance sourcebook; DOE/FEMP Operations & Maintenance Best Practices Guide, pumps",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
