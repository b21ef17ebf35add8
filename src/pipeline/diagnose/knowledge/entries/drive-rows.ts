import { shippedRows } from "./shipped-rows.ts";

/** The motor that drives a machine, where the machine itself is what is watched. */
// biome-ignore format: a table should look like one
export const driveRows = shippedRows("generic", "electricity", [
  {
    id: "KB-UNEQUAL-PHASES", category: "electrical", codes: ["PDE", "4.4 Faulty power"],
    component: ["驱动电机的供电", "Supply of the drive motor"],
    name: ["驱动电机三相不平衡或缺相", "Unequal or lost phase at the drive motor"],
    symptoms: ["电流升高、电机变热，两倍电源频率的振动和嗡鸣增大，而流量和压力基本不变。", "Current is up, the motor warms, hum and vibration at twice line frequency grow, while flow and pressure hardly change."],
    cause: ["一相熔丝或触头断开，单相负荷不均，接线松动，绕组损伤。", "An open fuse or contact, single-phase loads on one phase, a loose lead, a hurt winding."],
    action: ["减载，由电工测三相电压与电流；缺相时立即停机。", "Reduce the load, let an electrician measure voltage and current of all phases; stop at once when one is missing."],
    prevention: ["装缺相与不平衡保护，每年测三相电压并红外检查接线。", "Fit phase loss and unbalance protection, measure the phases and scan the terminals each year."],
    urgency: ["立即测三相；缺相立即停机。", "Measure the phases at once; stop when one is lost."],
    signs: [["current", "up", 0.8, "sudden"], ["temperature", "up", 0.6, "gradual"], ["vibration", "up", 0.5, "sudden"], ["current_unbalance", "up", 1], ["voltage_unbalance", "up", 0.5], ["flow", "steady", 0.3], ["pressure", "steady", 0.2]],
    discriminators: [["三相电流相差超过一成为电气，三相一同升高为机械过载或不对中", "phase currents more than a tenth apart mean the supply, all three up together mean load or misalignment"]],
    checks: [["由有资质的电工用钳形表比较三相电流，最省事也最能区分。", "Let a qualified electrician clamp and compare the three currents: cheap, and it decides."]],
    opened: ["检查熔丝、触头与接线。", "check fuses, contacts and terminals."],
    parts: ["熔断器 fuses"], hours: 2,
    sources: [["motors", "Voltage Unbalance"], ["femp", "Motors"]],
  },
]);
