import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { ApiKey } from "../../api/types.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { Age, Instant } from "../../ui/age.tsx";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { NewKey } from "./new-key.tsx";

export function Keys() {
  const t = useText();
  const rows = useQuery({ queryKey: keys.apiKeys(), queryFn: read.apiKeys });
  return (
    <>
      <NewKey />
      <QueryView query={rows}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("access.no_keys")} />
          ) : (
            <div className="panel panel-body table-scroll">
              <table className="plain-table">
                <thead>
                  <tr>
                    {(
                      [
                        "name",
                        "prefix",
                        "role",
                        "scope",
                        "last_used",
                        "expires_at",
                        "state",
                      ] as const
                    ).map((name) => (
                      <th key={name} scope="col">
                        {t(`access.${name}`)}
                      </th>
                    ))}
                    <th scope="col">
                      <span className="only-read">{t("access.revoke")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((row) => (
                    <KeyRow key={row.id} row={row} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </QueryView>
    </>
  );
}

function KeyRow(props: { row: ApiKey }) {
  const { row } = props;
  const t = useText();
  const word = useWord();
  const write = useWrite();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const scope =
    row.device_ids?.join(", ") ??
    [row.factory_id, row.line_id].filter((each) => each !== null).join(" / ");
  const revoke = async (): Promise<boolean> => {
    const ok = await write(() => change.revokeKey(row.id), t("access.revoked"));
    await client.invalidateQueries({ queryKey: keys.apiKeys() });
    return ok;
  };
  return (
    <tr>
      <td>
        <b>{row.name}</b>
        <div className="muted small">{row.created_by}</div>
      </td>
      <td className="mono">{row.prefix}…</td>
      <td>{word("role", row.role)}</td>
      <td>{scope === "" ? t("access.scope_all") : scope}</td>
      <td>
        {row.last_used_at === null ? (
          <span className="muted">{t("access.not_used")}</span>
        ) : (
          <Age at={row.last_used_at} />
        )}
      </td>
      <td>
        {row.expires_at === null ? (
          <span className="muted">{t("access.never")}</span>
        ) : (
          <Instant at={row.expires_at} />
        )}
      </td>
      <td>
        <span className="tag">
          {t(row.revoked_at === null ? "access.state_active" : "access.state_revoked")}
        </span>
      </td>
      <td>
        {row.revoked_at === null && (
          <Button size="small" onClick={() => setAsking(true)}>
            {t("access.revoke")}
          </Button>
        )}
        <Ask
          open={asking}
          title={t("access.revoke_title", { name: row.name })}
          ok={t("access.revoke")}
          needsReason={false}
          danger
          onClose={() => setAsking(false)}
          onOk={revoke}
        >
          <p className="muted">{t("access.revoke_note")}</p>
        </Ask>
      </td>
    </tr>
  );
}
