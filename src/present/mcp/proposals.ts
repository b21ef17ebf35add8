import { createHash } from "node:crypto";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createTurns } from "../../kernel/turns.ts";
import type { Principal } from "../../model/access.ts";
import type { Severity } from "../../model/alarm.ts";
import type { WorkOrder, WorkOrderType } from "../../model/work-order.ts";
import { findDevice } from "../api/scope.ts";
import type { ApiServices } from "../api/services.ts";

export interface Proposal {
  readonly tool: string;
  readonly deviceId: string;
  readonly priority: Severity;
  readonly title: WorkOrder["title"];
  readonly description: WorkOrder["description"];
  /** The caller's idempotency key; null: the arguments are the key. */
  readonly key: string | null;
}

export interface Proposed {
  readonly order: WorkOrder;
  /** True: the same proposal was there; nothing was written. */
  readonly repeated: boolean;
}

/**
 * The only thing an agent writes: a work order in status PROPOSED.
 * - A key and its arguments give one order, however often and however parallel they come. Without a key the
 *   arguments count while their proposal waits; the same wish after a decision is a new one.
 * - At most `waitingMax` proposals of agents wait at one device: beyond it STATE_REFUSED, until a person decides.
 * - The device must be in the principal's scope: NOT_FOUND otherwise, as over the HTTP API.
 */
export interface Proposals {
  propose(principal: Principal, proposal: Proposal): Promise<Proposed>;
}

/** Proposals of agents that may wait at one device. */
export const waitingMax = 5;
/** Orders of a device in which a repeated key is looked for. */
const LOOK_BACK = 200;
const ACTOR_MAX = 100;

const orderTypes: Readonly<Record<Severity, WorkOrderType>> = {
  P0: "EMERGENCY",
  P1: "PLANNED",
  P2: "INSPECTION",
  P3: "INSPECTION",
};

export function createProposals(services: ApiServices): Proposals {
  // One at a time: looking for the key and writing the order are two steps.
  const turns = createTurns({ places: 1, waitingMax: 100, action: "write the proposal" });
  const write = async (principal: Principal, proposal: Proposal): Promise<Proposed> => {
    const { deviceId } = findDevice(services.devices, principal, proposal.deviceId);
    const reason = reasonOf(principal, proposal);
    const known = await readProposals(services, deviceId);
    const same = known.find((item) => item.reason === reason);
    if (same !== undefined && (proposal.key !== null || same.order.status === "PROPOSED"))
      return repeated(same.order, proposal);
    refuseFlood(known.map(({ order }) => order));
    const order = await createOnce(services, proposal, {
      draft: {
        deviceId,
        traceId: null,
        orderType: orderTypes[proposal.priority],
        priority: proposal.priority,
        faultCategory: "unknown",
        title: proposal.title,
        description: proposal.description,
        assignedTo: null,
        estimatedHours: null,
      },
      principal: agentOf(principal),
      reason,
    });
    return order;
  };
  return { propose: (principal, proposal) => turns.use(() => write(principal, proposal)) };
}

interface Wish {
  readonly draft: Parameters<ApiServices["orders"]["create"]>[0];
  readonly principal: Principal;
  readonly reason: string;
}

/** Writes the order; where another process wrote it for the same key a moment ago, that one is the answer. */
async function createOnce(
  { orders, records }: ApiServices,
  proposal: Proposal,
  { draft, principal, reason }: Wish,
): Promise<Proposed> {
  const wish = `${draft.deviceId} ${reason}`;
  const wishHash = createHash("sha256").update(wish).digest("hex");
  const by = { principal, reason, ...(proposal.key === null ? {} : { wishHash }) };
  try {
    return { order: await orders.create(draft, by), repeated: false };
  } catch (failure) {
    const taken = failure instanceof IaiError && failure.code === "CONFLICT";
    const orderNo = taken ? failure.data["orderNo"] : null;
    if (typeof orderNo !== "string") throw failure;
    const order = await records.read((tx) => tx.find("work_order", { orderNo }));
    if (order === null) throw failure;
    return repeated(order, proposal);
  }
}

const AGENT = "mcp:";

/** Orders of a principal of kind `system` begin as PROPOSED; the name tells whose agent it was. */
function agentOf(principal: Principal): Principal {
  return { ...principal, kind: "system", name: `${AGENT}${principal.name}`.slice(0, ACTOR_MAX) };
}

/** What the order's history says of its origin; equal for equal proposals of one key or user. */
function reasonOf(principal: Principal, proposal: Proposal): string {
  const { key, ...asked } = proposal;
  const words = key === null ? canonicalJson(asked) : canonicalJson({ key });
  const hash = createHash("sha256").update(words).digest("hex").slice(0, 32);
  return `${proposal.tool} over MCP by ${principal.kind} ${principal.id}, idempotency ${hash}`;
}

/** What agents proposed for a device lately, with the reason that tells equal ones. */
function readProposals({ records }: ApiServices, deviceId: string) {
  return records.read(async (tx) => {
    const orders = await tx.list("work_order", {
      where: { deviceId, traceId: null },
      orderBy: [["createdAt", "desc"]],
      limit: LOOK_BACK,
    });
    const ours = orders.filter(({ createdBy }) => createdBy.startsWith(AGENT));
    if (ours.length === 0) return [];
    const entries = await tx.list("history", {
      where: {
        subject: "order",
        subjectId: { in: ours.map(({ orderNo }) => orderNo) },
        action: "create",
      },
    });
    const reasons = new Map(entries.map(({ subjectId, reason }) => [subjectId, reason]));
    return ours.map((order) => ({ order, reason: reasons.get(order.orderNo) ?? null }));
  });
}

function repeated(order: WorkOrder, { priority, description, title }: Proposal): Proposed {
  const asked = canonicalJson({ priority, description, title });
  const { priority: was, description: said, title: named } = order;
  if (
    order.status !== "PROPOSED" ||
    asked === canonicalJson({ priority: was, description: said, title: named })
  )
    return { order, repeated: true };
  const message = `Cannot propose with this idempotency key: order "${order.orderNo}" has it with other arguments; nothing was written`;
  throw new IaiError("CONFLICT", message, { data: { orderNo: order.orderNo } });
}

function refuseFlood(orders: readonly WorkOrder[]): void {
  const waiting = orders.filter(({ status }) => status === "PROPOSED").length;
  if (waiting < waitingMax) return;
  const message = `Cannot propose: ${waiting} proposals of agents wait for a person at this device; nothing was written`;
  throw new IaiError("STATE_REFUSED", message, { data: { waiting } });
}
