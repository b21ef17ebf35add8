import { Button } from "antd";
import { Link, useRouteError } from "react-router";
import { useText } from "../i18n/text.ts";

export function NotFound() {
  const t = useText();
  return (
    <div className="state">
      <h1>{t("state.no_page")}</h1>
      <Link to="/">{t("state.to_overview")}</Link>
    </div>
  );
}

/** A page that could not be drawn or loaded; the rest of the console goes on. */
export function RouteFailed() {
  const t = useText();
  const failure = useRouteError();
  return (
    <div className="state state-error" role="alert">
      <h2>{t("state.page_failed")}</h2>
      <p className="mono">{failure instanceof Error ? failure.message : String(failure)}</p>
      <p className="muted">{t("state.page_failed_kept")}</p>
      <Button onClick={() => location.reload()}>{t("state.reload")}</Button>
    </div>
  );
}
