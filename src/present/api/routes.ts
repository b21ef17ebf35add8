import { anomalyRoutes } from "./anomaly-webhook.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { ApiRoute } from "./route.ts";
import { accessRoutes } from "./routes/access.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { askRoutes } from "./routes/ask.ts";
import { deviceImportRoutes } from "./routes/device-import.ts";
import { deviceLiveRoutes } from "./routes/device-live.ts";
import { deviceTemplateRoutes } from "./routes/device-templates.ts";
import { deviceRoutes } from "./routes/devices.ts";
import { forecastRoutes } from "./routes/forecasts.ts";
import { incidentRoutes } from "./routes/incidents.ts";
import { knowledgeRoutes } from "./routes/knowledge.ts";
import { learningRoutes } from "./routes/learning.ts";
import { operationRoutes } from "./routes/operations.ts";
import { readingRoutes } from "./routes/readings.ts";
import { reportRoutes } from "./routes/reports.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { type SessionCookie, sessionRoutes } from "./routes/session.ts";
import { sourceRoutes } from "./routes/sources.ts";
import { type Identify, streamRoutes } from "./routes/stream.ts";
import { systemRoutes } from "./routes/system.ts";
import { workOrderRoutes } from "./routes/work-orders.ts";
import type { ApiServices } from "./services.ts";

/** Every route below `/api/v1`: the router, the role test and the documentation walk this one list. */
export function apiRoutes(
  services: ApiServices,
  options: {
    readonly cookie: SessionCookie;
    readonly identify: Identify;
    readonly rateLimit: RateLimit;
  },
): readonly ApiRoute[] {
  return [
    ...readingRoutes(services, options.rateLimit),
    ...deviceRoutes(services),
    ...deviceLiveRoutes(services),
    ...deviceImportRoutes(services),
    ...deviceTemplateRoutes(),
    ...forecastRoutes(services),
    ...anomalyRoutes(services),
    ...alertRoutes(services),
    ...incidentRoutes(services),
    ...reportRoutes(services),
    ...askRoutes(services),
    ...workOrderRoutes(services),
    ...ruleRoutes(services),
    ...knowledgeRoutes(services),
    ...learningRoutes(services),
    ...streamRoutes(services, options.identify),
    ...operationRoutes(services),
    ...systemRoutes(services),
    ...sourceRoutes(services),
    ...accessRoutes(services),
    ...sessionRoutes(services, options.cookie),
  ];
}
