import { IaiError } from "../../kernel/errors.ts";
import type { ApiRoute, RouteDescription } from "./route.ts";

type BodyType = NonNullable<RouteDescription["bodyType"]>;

/** What the server keeps beside each route. */
export interface RouteConfig {
  readonly route: ApiRoute;
  readonly bodyType: BodyType;
  readonly maxBodyBytes: number;
}

const accepted: Readonly<Record<BodyType, readonly string[]>> = {
  "application/json": ["application/json"],
  "text/csv": ["text/csv"],
  readings: [
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
  ],
};

/** Forms of other sites can send text/plain and form data without asking; none of these is read here. */
export function requireMediaType(header: string | undefined, bodyType: BodyType): void {
  const type = (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (accepted[bodyType].includes(type)) return;
  throw new IaiError(
    "MEDIA_TYPE_UNSUPPORTED",
    `Cannot read the body: its type is "${type}", accepted are ${accepted[bodyType].join(", ")}; nothing was done`,
  );
}
