import {
  ApiOutlined,
  AppstoreOutlined,
  AuditOutlined,
  BellOutlined,
  BookOutlined,
  DeploymentUnitOutlined,
  FileProtectOutlined,
  HddOutlined,
  InboxOutlined,
  NotificationOutlined,
  TeamOutlined,
  ToolOutlined,
} from "@ant-design/icons";
import { NavLink } from "react-router";
import type { TextKey } from "../i18n/dictionary.ts";
import { useText } from "../i18n/text.ts";
import { useMay } from "./session.ts";

const daily = [
  { to: "/", text: "nav.overview", Icon: AppstoreOutlined },
  { to: "/alarms", text: "nav.alarms", Icon: BellOutlined },
  { to: "/orders", text: "nav.orders", Icon: ToolOutlined },
  { to: "/devices", text: "nav.devices", Icon: HddOutlined },
] as const satisfies readonly { to: string; text: TextKey; Icon: unknown }[];

const engineering = [
  { to: "/sources", text: "nav.sources", Icon: ApiOutlined, least: "viewer" },
  { to: "/rules", text: "nav.rules", Icon: FileProtectOutlined, least: "viewer" },
  { to: "/knowledge", text: "nav.knowledge", Icon: BookOutlined, least: "viewer" },
  { to: "/quarantine", text: "nav.quarantine", Icon: InboxOutlined, least: "viewer" },
  {
    to: "/notifications",
    text: "nav.notifications",
    Icon: NotificationOutlined,
    least: "operator",
  },
  { to: "/health", text: "nav.health", Icon: DeploymentUnitOutlined, least: "viewer" },
  { to: "/access", text: "nav.access", Icon: TeamOutlined, least: "admin" },
  { to: "/audit", text: "nav.audit", Icon: AuditOutlined, least: "admin" },
] as const;

/** Daily work first; what an engineer or administrator needs stands below. On a phone it is a bar at the bottom. */
export function Navigation() {
  const t = useText();
  const may = useMay();
  return (
    <nav className="nav" aria-label={t("nav.label")}>
      <ul>
        {daily.map(({ to, text, Icon }) => (
          <li key={to}>
            <NavLink to={to} end={to === "/"}>
              <Icon aria-hidden />
              <span>{t(text)}</span>
            </NavLink>
          </li>
        ))}
      </ul>
      <ul className="nav-second">
        {engineering
          .filter(({ least }) => may(least))
          .map(({ to, text, Icon }) => (
            <li key={to}>
              <NavLink to={to}>
                <Icon aria-hidden />
                <span>{t(text)}</span>
              </NavLink>
            </li>
          ))}
      </ul>
    </nav>
  );
}
