import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";
import { severities } from "../../../src/model/alarm.ts";
import { session } from "../api/client.ts";
import { change, read } from "../api/endpoints.ts";
import { keys } from "../api/keys.ts";
import { useLive } from "../api/live.ts";
import { useText } from "../i18n/text.ts";
import { Age } from "../ui/age.tsx";
import { SeverityMark } from "../ui/severity-mark.tsx";
import { prefer, usePreferences } from "./preferences.ts";
import { Search } from "./search.tsx";
import { useSession } from "./session.ts";

/** On every page: what stands, what waits for somebody, what is hidden, and how old the data is. */
export function TopStrip() {
  const t = useText();
  const summary = useQuery({
    queryKey: keys.summary(),
    queryFn: read.summary,
    refetchInterval: 30_000,
  });
  const data = summary.data;
  const hidden = data === undefined ? 0 : data.shelved + data.suppressed + data.out_of_service;
  return (
    <header className="strip">
      <Link to="/" className="strip-brand">
        IAI
      </Link>
      <div className="strip-counts">
        {severities.map((severity) => {
          const count = data?.active[severity] ?? 0;
          return (
            <Link
              key={severity}
              to={`/alarms?severity=${severity}`}
              className={count === 0 ? "strip-count strip-quiet" : "strip-count"}
              title={`${severity}: ${String(count)} ${t("strip.open")}`}
            >
              <SeverityMark severity={severity} bare hollow={count === 0} />
              <b>{count}</b>
            </Link>
          );
        })}
        <StripNumber
          to="/alarms?state=unacknowledged"
          text={t("strip.unacknowledged")}
          count={data?.unacknowledged ?? 0}
        />
        <StripNumber to="/alarms?state=hidden" text={t("strip.hidden")} count={hidden} />
        <StripNumber
          to="/orders"
          text={t("strip.orders")}
          count={data === undefined ? 0 : data.orders.proposed + data.orders.open}
        />
      </div>
      <DataAge newest={data?.newest_reading_at ?? null} known={data !== undefined} />
      <Search />
      <Wishes />
    </header>
  );
}

function StripNumber(props: { to: string; text: string; count: number }) {
  return (
    <Link to={props.to} className={props.count === 0 ? "strip-count strip-quiet" : "strip-count"}>
      <b>{props.count}</b>
      <span>{props.text}</span>
    </Link>
  );
}

function DataAge(props: { newest: string | null; known: boolean }) {
  const t = useText();
  const live = useLive();
  return (
    <span className={live.connected ? "strip-age" : "strip-age strip-offline"} role="status">
      {live.connected ? t("strip.data") : t("strip.offline")}{" "}
      {props.known && <Age at={props.newest} staleMs={60_000} />}
    </span>
  );
}

function Wishes() {
  const { theme, language } = usePreferences();
  const { user } = useSession();
  const t = useText();
  const signOut = (): void => {
    void change.logout().finally(() => session.close());
  };
  return (
    <div className="strip-wishes">
      <Button
        size="small"
        type="text"
        aria-label={`${language === "zh" ? "EN" : "中"} ${t("strip.language")}`}
        title={t("strip.language")}
        onClick={() => prefer({ language: language === "zh" ? "en" : "zh" })}
      >
        {language === "zh" ? "EN" : "中"}
      </Button>
      <Button
        size="small"
        type="text"
        aria-label={t("strip.theme")}
        title={t("strip.theme")}
        onClick={() => prefer({ theme: theme === "dark" ? "light" : "dark" })}
      >
        {theme === "dark" ? "☀" : "☾"}
      </Button>
      <span className="strip-user muted cut" title={user?.role ?? ""}>
        {user?.name}
      </span>
      <Button size="small" type="text" onClick={signOut}>
        {t("strip.sign_out")}
      </Button>
    </div>
  );
}
