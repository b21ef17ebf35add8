import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { ApiError, session } from "../../api/client.ts";
import { change, read } from "../../api/endpoints.ts";
import { useSession } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { Field } from "../../ui/field.tsx";

/** A path of this console, never another site. */
export function safeBack(back: string | null): string {
  return back?.startsWith("/") && !back.startsWith("//") && !back.includes("\\") ? back : "/";
}

export function LoginPage() {
  const t = useText();
  const { user } = useSession();
  const [params] = useSearchParams();
  const setup = useQuery({ queryKey: ["setup"], queryFn: read.setupState, retry: false });
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (user !== null) return <Navigate to={safeBack(params.get("back"))} replace />;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      session.open(await change.login(name, password));
    } catch (reason) {
      const unanswered = reason instanceof ApiError && reason.status === 0;
      setFailure(
        unanswered
          ? t("state.unreachable")
          : reason instanceof ApiError
            ? reason.detail || reason.message
            : String(reason),
      );
      setBusy(false);
    }
  };
  return (
    <main className="gate">
      <form onSubmit={(event) => void submit(event)}>
        <h1>IAI</h1>
        <p className="muted">{t("login.lead")}</p>
        {setup.data?.needed === true && <p role="note">{t("login.setup_needed")}</p>}
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
        <Field label={t("login.password")}>
          {(id) => (
            <Input.Password
              id={id}
              autoComplete="current-password"
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
          loading={busy}
          disabled={name === "" || password === ""}
        >
          {t("login.submit")}
        </Button>
      </form>
    </main>
  );
}
