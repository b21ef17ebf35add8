import type { Topic } from "../../../ports/event-bus.ts";
import {
  BEGINNING,
  END,
  type OffsetDesk,
  type Offsets,
  type Partition,
  partitionsOf,
} from "./offsets.ts";
import type { Topics } from "./topics.ts";

export interface PartitionLag {
  readonly partition: string;
  readonly end: number;
  /** null: the group never confirmed anything here. */
  readonly committed: number | null;
  /** Records that the group has still to read. */
  readonly records: number;
}

export interface GroupLag {
  readonly group: string;
  readonly records: number;
  readonly partitions: readonly PartitionLag[];
}

/** Where partitions begin and end. */
export interface LogEdges {
  readonly starts: Offsets;
  readonly ends: Offsets;
}

export async function edgesOf(
  desk: OffsetDesk,
  partitions: readonly Partition[],
): Promise<LogEdges> {
  const [starts, ends] = await Promise.all([
    desk.at(partitions, BEGINNING),
    desk.at(partitions, END),
  ]);
  return { starts, ends };
}

/** Without `topics`: of those in which the group ever confirmed something. */
export async function lagOf(
  desk: OffsetDesk,
  topics: Topics,
  { group, topics: wanted }: { readonly group: string; readonly topics: readonly Topic[] | null },
): Promise<GroupLag> {
  const committed = await desk.committed(group);
  const partitions = partitionsOf(topics, wanted ?? [...topics.keys()]).filter(
    ({ topic }) =>
      wanted !== null || [...committed.keys()].some((name) => name.startsWith(`${topic}-`)),
  );
  return groupLag(group, { partitions, committed, ...(await edgesOf(desk, partitions)) });
}

export function groupLag(
  group: string,
  facts: LogEdges & { readonly partitions: readonly Partition[]; readonly committed: Offsets },
): GroupLag {
  const partitions = facts.partitions.map(({ name }) => {
    const end = facts.ends.get(name) ?? 0;
    const committed = facts.committed.get(name) ?? null;
    // What is deleted can no longer be read: it is lost, not late.
    const next = Math.max(committed ?? 0, facts.starts.get(name) ?? 0);
    return { partition: name, end, committed, records: Math.max(0, end - next) };
  });
  const records = partitions.reduce((sum, partition) => sum + partition.records, 0);
  return { group, records, partitions };
}
