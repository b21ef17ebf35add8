import type { DeviceTemplate } from "../../api/types.ts";
import { type DeviceDraft, emptySpec, limitFields } from "./device-draft.ts";

/** A draft with what a template brings: what a person has written already stays. */
export function withTemplate(draft: DeviceDraft, template: DeviceTemplate): DeviceDraft {
  const metrics = { ...draft.metrics };
  for (const [name, typical] of Object.entries(template.metrics)) {
    const spec = metrics[name] ?? { ...emptySpec(name), unit: typical.unit };
    const isEmpty = limitFields.every((field) => spec[field] === "");
    metrics[name] = isEmpty && spec.unit === typical.unit ? { ...spec, ...textsOf(typical) } : spec;
  }
  const type = draft.device_type.trim() === "" ? template.device_type : draft.device_type;
  return { ...draft, device_type: type, metrics };
}

function textsOf({ ll, l, h, hh }: DeviceTemplate["metrics"][string]) {
  const text = (value: number | null): string => (value === null ? "" : String(value));
  return { ll: text(ll), l: text(l), h: text(h), hh: text(hh) };
}
