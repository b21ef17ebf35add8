/** Applies to every type of device. */
export const GENERIC = "generic";

/** Other names of the types that the shipped entries are written for. */
const aliases: Readonly<Record<string, string>> = {
  blower: "fan",
  gear: "gearbox",
  reducer: "gearbox",
  hpu: "hydraulic",
  泵: "pump",
  水泵: "pump",
  电机: "motor",
  压缩机: "compressor",
  空压机: "compressor",
  风机: "fan",
  齿轮箱: "gearbox",
  减速机: "gearbox",
  液压站: "hydraulic",
};

/** True for entries of all machines and for those of this type or a word of it: `centrifugal_pump` is a `pump`. */
export function appliesToType(entryType: string, deviceType: string | null): boolean {
  if (deviceType === null) return true;
  const own = entryType.toLowerCase();
  const asked = deviceType.toLowerCase();
  if (own === GENERIC || own === asked) return true;
  const words = asked.split(/[^\p{L}\p{N}]+/u);
  return words.some((word) => word === own || aliases[word] === own);
}
