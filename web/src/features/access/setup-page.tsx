import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { ApiError, session } from "../../api/client.ts";
import { change } from "../../api/endpoints.ts";
import { useSession } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { Field } from "../../ui/field.tsx";

/** First start: the one-time link makes the first administrator. The token stays behind `#`, so it is never logged. */
export function SetupPage() {
  const t = useText();
  const { user } = useSession();
  const token = useLocation().hash.slice(1);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  if (user !== null) return <Navigate to="/" replace />;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      session.open(await change.setup(token, name, password));
    } catch (reason) {
      const api = reason instanceof ApiError ? reason : null;
      setFailure(api === null ? String(reason) : `${api.message}. ${api.detail}`);
    }
  };
  return (
    <main className="gate">
      <form onSubmit={(event) => void submit(event)}>
        <h1>{t("setup.title")}</h1>
        <p className="muted">{token === "" ? t("setup.no_token") : t("setup.lead")}</p>
        <Field label={t("login.name")}>
          {(id) => (
            <Input
              id={id}
              autoFocus
              autoComplete="username"
              value={name}
              onChange={(e) => setName(e.target.value)}
            />
          )}
        </Field>
        <Field label={t("setup.password")}>
          {(id) => (
            <Input.Password
              id={id}
              autoComplete="new-password"
              value={password}
              onChange={(e) => setPassword(e.target.value)}
            />
          )}
        </Field>
        {failure !== null && (
          <p role="alert" className="form-error">
            {failure}
          </p>
        )}
        <Button
          type="primary"
          htmlType="submit"
          disabled={token === "" || name === "" || password.length < 12}
        >
          {t("setup.submit")}
        </Button>
        <Link to="/login">{t("setup.to_login")}</Link>
      </form>
    </main>
  );
}
