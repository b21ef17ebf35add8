import type { Principal } from "../../model/access.ts";

/** Stands for IAI itself, or for whoever may write to its data folder: the command line, the first start. */
export function systemPrincipal(name: string): Principal {
  return {
    id: "system",
    name,
    role: "admin",
    kind: "system",
    deviceIds: null,
    factoryId: null,
    lineId: null,
  };
}
