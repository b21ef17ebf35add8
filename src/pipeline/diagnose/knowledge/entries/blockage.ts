import type { SeedEntry } from "./shipped-rows.ts";

export const blockage: SeedEntry = {
  kbId: "KB-BLOCKAGE",
  deviceType: "pump",
  category: "blockage",
  failureMode: "PLU",
  failureMechanism: "5.1 Blockage",
  component: { zh: "管路与阀门", en: "Lines and valves" },
  faultPattern: { zh: "进出口管路堵塞或阀门未开足", en: "Blocked line or valve not fully open" },
  symptoms: {
    zh: "流量下降；出口侧堵塞时出口压力升高，进口侧堵塞时压力下降并可能引起汽蚀；振动、温度初期不变。",
    en: "Flow falls; with a blocked discharge the pressure rises, with a blocked suction it falls and cavitation may follow; vibration and temperature stay at first.",
  },
  rootCause: {
    zh: "滤网堵塞，阀门误关或阀板脱落，管内结垢或异物，叶轮流道堵塞。",
    en: "A clogged strainer, a valve closed by mistake or with a dropped disc, scale or foreign matter, a plugged impeller.",
  },
  solution: {
    zh: "核对阀位，切换或清洗滤网；仍不恢复则停机挂牌上锁、泄压后清理管路和叶轮。",
    en: "Check the valve positions, change over or clean the strainer; if flow does not return, stop, lock out and tag, relieve pressure and clear line and impeller.",
  },
  prevention: {
    zh: "监视滤网压差并按差压清洗，阀门操作挂牌，检修后确认管内清洁。",
    en: "Watch the strainer's pressure drop and clean by it, tag valve operations, make sure the line is clean after work.",
  },
  urgency: {
    zh: "本班内处理；流量接近零时立即停泵。",
    en: "Within the shift; stop at once when flow nears zero.",
  },
  signs: [
    { metric: "flow", direction: "down", strength: 1 },
    { metric: "pressure", direction: "up", strength: 0.7 },
    { metric: "vibration", direction: "steady", strength: 0.2 },
  ],
  discriminators: [
    {
      zh: "出口压力上升为堵塞，下降为泄漏",
      en: "discharge pressure rises with a blockage and falls with a leak",
    },
    { zh: "滤网前后的压差", en: "pressure drop over the strainer" },
  ],
  checks: [
    {
      zh: "核对进、出口阀的实际开度，读滤网压差和就地出口压力表。",
      en: "Check how far the suction and discharge valves are really open, and read strainer drop and discharge gauge.",
    },
    {
      zh: "切换到备用滤网或备用泵，观察流量是否恢复。",
      en: "Change over to the spare strainer or pump and see whether the flow returns.",
    },
    {
      zh: "停机、断电、关阀、泄压、挂牌上锁并确认后，打开滤网与管段清理。",
      en: "Stop, isolate, close the valves, relieve pressure, lock out and tag, prove it safe; then open and clear strainer and pipe.",
    },
  ],
  parts: ["滤网 strainer screen", "垫片 gaskets"],
  estimatedHours: 3,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); US DOE Improving Pumping System Performance sourcebook; DOE/FEMP Operations & Maintenance Best Practices Guide, pumps",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
