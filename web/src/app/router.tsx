import { createBrowserRouter, type RouteObject } from "react-router";
import { NotFound, RouteFailed } from "./route-states.tsx";
import { Shell } from "./shell.tsx";

/** What stands while the first page is fetched: less than a skeleton would flicker. */
const Nothing = () => null;

type Page = React.ComponentType;
/** A page that is loaded when it is first opened. */
const page = (path: string, load: () => Promise<Page>): RouteObject => ({
  path,
  HydrateFallback: Nothing,
  lazy: async () => ({ Component: await load() }),
});

const pages: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({
      Component: (await import("../features/overview/overview-page.tsx")).OverviewPage,
    }),
  },
  page(
    "alarms",
    async () => (await import("../features/alarms/alarm-list-page.tsx")).AlarmListPage,
  ),
  page(
    "alarms/:traceId",
    async () => (await import("../features/alarms/alarm-page.tsx")).AlarmPage,
  ),
  page("devices", async () => (await import("../features/devices/registry-page.tsx")).RegistryPage),
  page(
    "devices/:deviceId",
    async () => (await import("../features/device/device-page.tsx")).DevicePage,
  ),
  page("orders", async () => (await import("../features/orders/orders-page.tsx")).OrdersPage),
  page(
    "orders/:orderNo",
    async () => (await import("../features/orders/order-page.tsx")).OrderPage,
  ),
  page("rules", async () => (await import("../features/rules/rules-page.tsx")).RulesPage),
  page(
    "knowledge",
    async () => (await import("../features/knowledge/knowledge-page.tsx")).KnowledgePage,
  ),
  page(
    "quarantine",
    async () => (await import("../features/quarantine/quarantine-page.tsx")).QuarantinePage,
  ),
  page("access", async () => (await import("../features/access/access-page.tsx")).AccessPage),
  page("audit", async () => (await import("../features/audit/audit-page.tsx")).AuditPage),
  page(
    "notifications",
    async () =>
      (await import("../features/notifications/notifications-page.tsx")).NotificationsPage,
  ),
  page("health", async () => (await import("../features/health/health-page.tsx")).HealthPage),
  page("sources", async () => (await import("../features/sources/sources-page.tsx")).SourcesPage),
  page(
    "sources/new",
    async () => (await import("../features/sources/connect-page.tsx")).ConnectPage,
  ),
  page(
    "sources/:name/edit",
    async () => (await import("../features/sources/connect-page.tsx")).ConnectPage,
  ),
  { path: "*", Component: NotFound },
];

export const router = createBrowserRouter([
  page("setup", async () => (await import("../features/access/setup-page.tsx")).SetupPage),
  page("login", async () => (await import("../features/access/login-page.tsx")).LoginPage),
  {
    Component: Shell,
    HydrateFallback: Nothing,
    children: [{ ErrorBoundary: RouteFailed, children: pages }],
  },
]);
