import type { SeedEntry } from "./shipped-rows.ts";

export const sealLeak: SeedEntry = {
  kbId: "KB-SEAL-LEAK",
  deviceType: "pump",
  category: "seal",
  failureMode: "ELP",
  failureMechanism: "1.1 Leakage",
  component: { zh: "机械密封", en: "Mechanical seal" },
  faultPattern: { zh: "机械密封泄漏", en: "Mechanical seal leak" },
  symptoms: {
    zh: "流量与出口压力缓慢下降，电流和振动基本不变，密封处滴漏或有结晶。",
    en: "Flow and discharge pressure fall slowly while current and vibration stay; drops or crystals at the seal.",
  },
  rootCause: {
    zh: "密封端面磨损或干摩擦，冲洗液中断，轴振动过大，O 形圈老化或安装损伤。",
    en: "Worn or dry-run seal faces, loss of flush, too much shaft motion, aged or damaged O-rings.",
  },
  solution: {
    zh: "恢复冲洗与冷却；仍泄漏则停机挂牌上锁、泄压排液后更换密封，检查轴套与轴的跳动。",
    en: "Restore flush and cooling; if it still leaks, stop, lock out and tag, relieve pressure and drain, replace the seal, check sleeve and shaft run-out.",
  },
  prevention: {
    zh: "保证冲洗流量，禁止干转，启动前排气，记录密封寿命并查找早坏原因。",
    en: "Keep the flush flowing, never run dry, vent before start, record seal lives and look for the reason of early ones.",
  },
  urgency: {
    zh: "介质易燃、有毒或高温时立即停泵隔离，其余本班内处理。",
    en: "Stop and isolate at once with flammable, toxic or hot liquid; otherwise within the shift.",
  },
  signs: [
    { metric: "flow", direction: "down", strength: 0.8 },
    { metric: "pressure", direction: "down", strength: 0.8 },
    { metric: "current", direction: "steady", strength: 0.3 },
    { metric: "vibration", direction: "steady", strength: 0.2 },
  ],
  discriminators: [
    {
      zh: "出口压力下降为泄漏，上升为堵塞",
      en: "discharge pressure falls with a leak and rises with a blockage",
    },
    { zh: "密封或管道处可见的液体", en: "liquid to be seen at the seal or the pipes" },
  ],
  checks: [
    {
      zh: "在安全距离外看密封处和管道有无滴漏，介质危险时先按规程佩戴防护。",
      en: "Look for drops at seal and pipes from a safe distance; with a dangerous medium put on the protection the procedure asks for first.",
    },
    {
      zh: "读冲洗液的压力与流量，与就地出口压力表对照。",
      en: "Read pressure and flow of the flush, and compare with the local discharge gauge.",
    },
    {
      zh: "停机、断电、关闭进出口阀、泄压排液、挂牌上锁并确认后，拆检密封端面。",
      en: "Stop, isolate, close the valves, relieve and drain, lock out and tag, prove it safe; then inspect the seal faces.",
    },
  ],
  parts: ["机械密封 mechanical seal", "O 形圈 O-rings", "轴套 shaft sleeve"],
  estimatedHours: 5,
  source: "MANUAL",
  reference:
    "ISO 14224 (codes); DOE/FEMP Operations & Maintenance Best Practices Guide, pumps; US DOE Improving Pumping System Performance sourcebook",
  licence: "CC0-1.0",
  version: 1,
  status: "ACTIVE",
  supersededBy: null,
  shippedRevision: 2,
};
