import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { runLive } from "../api/live.ts";
import { useText } from "../i18n/text.ts";
import { Loading } from "../ui/states.tsx";
import { Navigation } from "./navigation.tsx";
import { useSession } from "./session.ts";
import { TopStrip } from "./top-strip.tsx";

/** The frame of every page: navigation, the strip that never lies, and the page itself. */
export function Shell() {
  const { user, ready } = useSession();
  const client = useQueryClient();
  const location = useLocation();
  const navigation = useNavigation();
  const t = useText();
  const userId = user?.id ?? null;
  useEffect(() => {
    if (userId === null) return;
    const control = new AbortController();
    void runLive(client, control.signal);
    return () => control.abort();
  }, [client, userId]);
  // The keys of the new page work at once, and a screen reader begins with it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each page
  useEffect(() => {
    document.getElementById("page")?.focus({ preventScroll: true });
  }, [location.pathname]);
  if (!ready) return <Loading />;
  if (user === null) {
    const back = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`/login?back=${back}`} replace />;
  }
  return (
    <div className="shell">
      <a className="skip" href="#page">
        {t("nav.skip")}
      </a>
      <TopStrip />
      <Navigation />
      <main id="page" className="page" tabIndex={-1} aria-busy={navigation.state !== "idle"}>
        <Outlet />
        <footer className="page-foot">{t("foot.no_safety_system")}</footer>
      </main>
      <ScrollRestoration />
    </div>
  );
}
