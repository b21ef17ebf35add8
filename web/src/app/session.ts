import { useSyncExternalStore } from "react";
import type { Role } from "../../../src/model/access.ts";
import { session } from "../api/client.ts";
import type { Principal } from "../api/types.ts";

export function useSession(): { readonly user: Principal | null; readonly ready: boolean } {
  return useSyncExternalStore(session.subscribe, session.state);
}

const rank: Readonly<Record<Role, number>> = {
  ingest: 0,
  viewer: 1,
  operator: 2,
  engineer: 3,
  admin: 4,
};

/** Whether the reader has at least this role: decides what is offered; the server decides what is done. */
export function useMay(): (least: Role) => boolean {
  const { user } = useSession();
  return (least) => user !== null && rank[user.role] >= rank[least];
}
