import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { HistoryList } from "../../ui/history-list.tsx";
import { Panel } from "../../ui/panel.tsx";
import { QueryView } from "../../ui/states.tsx";

/** Who did what, when and why; comments stand among it. */
export function AlarmHistory(props: { alert: Alert }) {
  const { alert } = props;
  const t = useText();
  const history = useQuery({
    queryKey: keys.alertHistory(alert.trace_id),
    queryFn: () => read.alertHistory(alert.trace_id),
  });
  const comments = useQuery({
    queryKey: keys.alertComments(alert.trace_id),
    queryFn: () => read.alertComments(alert.trace_id),
    retry: false,
  });
  return (
    <Panel title={t("history.title")}>
      <div className="column">
        <QueryView query={history} rows={2}>
          {(page) => <HistoryList entries={page.items} comments={comments.data?.items ?? []} />}
        </QueryView>
        <AddComment traceId={alert.trace_id} />
      </div>
    </Panel>
  );
}

function AddComment(props: { traceId: string }) {
  const t = useText();
  const write = useWrite();
  const may = useMay();
  const client = useQueryClient();
  const [text, setText] = useState("");
  if (!may("operator")) return null;
  const send = async (): Promise<void> => {
    if (!(await write(() => change.alert(props.traceId, "comment", { text: text.trim() })))) return;
    setText("");
    await client.invalidateQueries({ queryKey: keys.alertComments(props.traceId) });
    await client.invalidateQueries({ queryKey: keys.alertHistory(props.traceId) });
  };
  return (
    <div className="row no-print">
      <Input
        className="grow"
        aria-label={t("history.add")}
        placeholder={t("history.add")}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onPressEnter={() => void send()}
      />
      <Button disabled={text.trim() === ""} onClick={() => void send()}>
        {t("history.send")}
      </Button>
    </div>
  );
}
