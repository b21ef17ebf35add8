import type { SeedEntry } from "./shipped-rows.ts";

export const motorOverheating: SeedEntry = {
  kbId: "KB-MOTOR-OVERHEATING",
  deviceType: "generic",
  category: "motor",
  failureMode: "OHE",
  failureMechanism: "2.7 Overheating",
  component: { zh: "电机", en: "Motor" },
  faultPattern: {
    zh: "电机过热（过载或冷却不良）",
    en: "Motor overheating, by load or lost cooling",
  },
  symptoms: {
    zh: "温度持续升高；过载时电流同时升高，仅散热不良时电流不变；振动一般不变。",
    en: "Temperature keeps rising; with overload the current rises too, with lost cooling alone it stays; vibration usually does not change.",
  },
  rootCause: {
    zh: "机械过载或卡涩，缺相或电压不平衡，风扇或风道堵塞，启动过频，环境温度高。",
    en: "Mechanical overload or binding, a lost phase or unbalanced voltage, blocked fan or air ways, too many starts, hot surroundings.",
  },
  solution: {
    zh: "先减载并恢复通风；测三相电流与电压；仍升温则停机挂牌上锁，清洁风道，检查绕组绝缘与轴承。",
    en: "Reduce load and restore the air flow; measure current and voltage of all phases; if it keeps warming, stop, lock out and tag, clean the air ways, test insulation and bearings.",
  },
  prevention: {
    zh: "定期清洁散热片与风扇罩，核对热保护定值，控制每小时启动次数。",
    en: "Clean fins and fan cover on schedule, check the thermal protection's setting, limit the starts in an hour.",
  },
  urgency: {
    zh: "立即减载；温度达到限值时停机。",
    en: "Reduce load at once; stop at the temperature limit.",
  },
  signs: [
    { metric: "temperature", direction: "up", strength: 1 },
    { metric: "current", direction: "up", strength: 0.8 },
    { metric: "vibration", direction: "steady", strength: 0.3 },
  ],
  discriminators: [
    {
      zh: "电流同时升高为过载或电气，电流不变为冷却不良",
      en: "with the current up it is load or electrical, with the current unchanged it is the cooling",
    },
    { zh: "三相电流是否平衡", en: "whether the three phase currents are equal" },
  ],
  checks: [
    {
      zh: "看风扇、风罩和散热片是否堵塞，红外测机壳温度；不伸手进护罩。",
      en: "See whether fan, cover and fins are clogged, take the frame's temperature by infrared; keep hands out of the guard.",
    },
    {
      zh: "由有资质的电工用钳形表测三相电流与电压。",
      en: "Let a qualified electrician measure current and voltage of the three phases.",
    },
    {
      zh: "停机、断电、验电、挂牌上锁后，清洁风道，盘车检查卡涩并测绝缘。",
      en: "Stop, isolate, prove dead, lock out and tag; then clean the air ways, turn the shaft to feel for binding and test the insulation.",
    },
  ],
  parts: ["风扇 fan", "轴承 bearings"],
  estimatedHours: 3,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); DOE/FEMP Operations & Maintenance Best Practices Guide, electric motors; US DOE Improving Motor and Drive System Performance sourcebook",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
