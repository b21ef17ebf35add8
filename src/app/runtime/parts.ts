/** What one process does. The embedded profile does all of it; a role of the cluster profile some of it. */
export interface Parts {
  /** Gives the log its ticks, and takes readings from the configured sources. */
  readonly ingest: boolean;
  /** Carries readings from the bus into the telemetry store. */
  readonly archive: boolean;
  /** Applies alarm transitions, diagnoses, decides, notifies. */
  readonly agents: boolean;
  /** Serves the console. */
  readonly console: boolean;
}

export const roleNames = ["ingestor", "archiver", "agent-server", "console"] as const;
export type RoleName = (typeof roleNames)[number];

export const allParts: Parts = { ingest: true, archive: true, agents: true, console: true };

const none: Parts = { ingest: false, archive: false, agents: false, console: false };

export function partsOfRole(role: RoleName): Parts {
  switch (role) {
    case "ingestor":
      return { ...none, ingest: true };
    case "archiver":
      return { ...none, archive: true };
    case "agent-server":
      return { ...none, agents: true };
    case "console":
      return { ...none, console: true };
  }
}
