/** Commit points of the flow (`docs/architecture.md`), just before and just after each. */
export type CrashPoint = `${"A" | "B" | "C" | "D" | "E" | "F" | "G"}.${"before" | "after"}`;

const wanted = process.env["IAI_CRASH_POINT"] ?? "";
const [wantedPoint, wantedCount] = wanted.split("#");
let passed = 0;

/**
 * Ends the process with SIGKILL when `IAI_CRASH_POINT=D.before` (or `D.before#3`: the third time) asks for it;
 * does nothing otherwise. The kill tests prove the delivery promise at each of these places.
 */
export function crashPoint(point: CrashPoint): void {
  if (point !== wantedPoint) return;
  passed += 1;
  if (passed >= Number(wantedCount ?? "1")) process.kill(process.pid, "SIGKILL");
}
