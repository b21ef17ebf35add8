import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { User } from "../../api/types.ts";
import { useNow } from "../../app/clock.ts";
import { useSession } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Instant } from "../../ui/age.tsx";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";

const personRoles = ["viewer", "operator", "engineer", "admin"] as const;

export function Users() {
  const t = useText();
  const users = useQuery({ queryKey: keys.users(), queryFn: read.users });
  return (
    <>
      <NewUser />
      <QueryView query={users}>
        {(page) => (
          <div className="panel panel-body table-scroll">
            <table className="plain-table">
              <thead>
                <tr>
                  {(["name", "role", "scope", "state", "created"] as const).map((name) => (
                    <th key={name} scope="col">
                      {t(`access.${name}`)}
                    </th>
                  ))}
                  <th scope="col">
                    <span className="only-read">{t("access.disable")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {page.items.map((user) => (
                  <UserRow key={user.user_id} user={user} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </QueryView>
    </>
  );
}

function UserRow(props: { user: User }) {
  const { user } = props;
  const t = useText();
  const word = useWord();
  const write = useWrite();
  const now = useNow(10);
  const client = useQueryClient();
  const me = useSession().user;
  const patch = async (body: object): Promise<void> => {
    await write(() => change.patchUser(user.user_id, body));
    await client.invalidateQueries({ queryKey: keys.users() });
  };
  const locked = user.locked_until !== null && Date.parse(user.locked_until) > now;
  return (
    <tr>
      <td>
        <b>{user.name}</b>
      </td>
      <td>
        <Select
          size="small"
          className="role-select"
          aria-label={`${t("access.role")} ${user.name}`}
          value={user.role}
          disabled={me?.id === user.user_id}
          onChange={(role) => void patch({ role })}
          options={personRoles.map((value) => ({ value, label: word("role", value) }))}
        />
      </td>
      <td>
        {[user.factory_id, user.line_id].filter((each) => each !== null).join(" / ") ||
          t("access.scope_all")}
      </td>
      <td>
        <span className="tag">
          {t(
            user.disabled
              ? "access.state_disabled"
              : locked
                ? "access.state_locked"
                : "access.state_active",
          )}
        </span>
      </td>
      <td>
        <Instant at={user.created_at} />
      </td>
      <td>
        <Button
          size="small"
          disabled={me?.id === user.user_id}
          onClick={() => void patch({ disabled: !user.disabled })}
        >
          {t(user.disabled ? "access.enable" : "access.disable")}
        </Button>
      </td>
    </tr>
  );
}

const empty = { name: "", password: "", role: "operator", factory: "", line: "" };
const texts = [
  ["name", "access.name", 100],
  ["factory", "access.factory", 50],
  ["line", "access.line", 50],
] as const;

function NewUser() {
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const [draft, setDraft] = useState(empty);
  const save = async (): Promise<void> => {
    const body = {
      name: draft.name.trim(),
      password: draft.password,
      role: draft.role,
      factory_id: draft.factory === "" ? null : draft.factory,
      line_id: draft.line === "" ? null : draft.line,
    };
    const done = t("access.user_made", { name: body.name });
    if (!(await write(() => change.createUser(body), done))) return;
    setDraft(empty);
    await client.invalidateQueries({ queryKey: keys.users() });
  };
  const missing = draft.name.trim() === "" || draft.password.length < 12;
  return (
    <Panel title={t("access.new_user")}>
      <div className="column">
        <UserFields draft={draft} onChange={setDraft} />
        <Button type="primary" className="fit" disabled={missing} onClick={() => void save()}>
          {t("access.make_user")}
        </Button>
      </div>
    </Panel>
  );
}

function UserFields(props: { draft: typeof empty; onChange: (draft: typeof empty) => void }) {
  const { draft, onChange } = props;
  const t = useText();
  const word = useWord();
  return (
    <div className="form-grid">
      {texts.map(([name, text, max]) => (
        <Field key={name} label={t(text)}>
          {(id) => (
            <Input
              id={id}
              autoComplete="off"
              maxLength={max}
              value={draft[name]}
              onChange={(event) => onChange({ ...draft, [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      <Field label={t("access.password")}>
        {(id) => (
          <Input.Password
            id={id}
            autoComplete="new-password"
            value={draft.password}
            onChange={(event) => onChange({ ...draft, password: event.target.value })}
          />
        )}
      </Field>
      <Field label={t("access.role")}>
        {(id) => (
          <Select
            id={id}
            value={draft.role}
            onChange={(role) => onChange({ ...draft, role })}
            options={personRoles.map((value) => ({ value, label: word("role", value) }))}
          />
        )}
      </Field>
    </div>
  );
}
