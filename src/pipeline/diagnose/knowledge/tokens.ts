/**
 * Groups of words that mean one thing on the shop floor, in both languages. A query for one finds the others;
 * each group is its own search term.
 */
const synonyms: readonly (readonly string[])[] = [
  ["汽蚀", "气蚀", "空化", "cavitation", "cavitate", "cavitating"],
  ["不平衡", "动不平衡", "失衡", "imbalance", "unbalance", "unbalanced", "imbalanced"],
  ["不对中", "对中不良", "misalignment", "misaligned"],
  ["轴承", "bearing", "bearings"],
  ["磨损", "wear", "worn"],
  ["密封", "机封", "机械密封", "seal", "seals"],
  ["泄漏", "渗漏", "漏液", "leak", "leaks", "leakage", "leaking"],
  ["堵塞", "堵", "淤塞", "blockage", "blocked", "clogged", "plugged", "clogging"],
  ["过热", "超温", "温度高", "overheating", "overheat", "overheated", "over_temp"],
  ["冷却", "cooling", "coolant"],
  ["电机", "马达", "电动机", "motor", "motors"],
  ["振动", "震动", "vibration", "vibrating", "high_vibration"],
  ["温度", "temperature"],
  ["流量", "flow"],
  ["压力", "pressure", "high_pressure"],
  ["电流", "current", "over_current"],
  ["传感器", "探头", "变送器", "sensor", "sensors", "transmitter"],
  ["卡死", "不变化", "冻结", "stuck", "frozen", "sensor_stuck"],
  ["漂移", "drift", "drifting"],
  ["噪声", "异响", "noise", "noisy"],
];

const groups: ReadonlyMap<string, string> = new Map(
  synonyms.flatMap((words, index) => words.map((word) => [word, `#${index}`] as const)),
);
const chineseWords = synonyms.flat().filter((word) => /\p{Script=Han}/u.test(word));

const latin = /[a-z0-9]+(?:[_-][a-z0-9]+)*/g;
const han = /\p{Script=Han}+/gu;

/**
 * Search terms of a text: Latin words, Chinese characters and pairs of them (a dictionary would cut 点蚀 and
 * 喘振 in two), and the groups of synonyms it touches. The same for documents and queries.
 */
export function searchTerms(text: string): readonly string[] {
  const folded = text.normalize("NFKC").toLowerCase();
  const terms: string[] = [];
  for (const [word] of folded.matchAll(latin)) {
    terms.push(word, ...word.split(/[_-]/).filter((part) => part !== word));
    const group = groups.get(word);
    if (group !== undefined) terms.push(group);
  }
  for (const [run] of folded.matchAll(han)) {
    const characters = [...run];
    for (const [index, character] of characters.entries()) {
      terms.push(character);
      const next = characters[index + 1];
      if (next !== undefined) terms.push(character + next);
    }
    for (const word of chineseWords) {
      if (run.includes(word)) terms.push(groups.get(word) ?? word);
    }
  }
  return terms;
}
