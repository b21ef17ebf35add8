import { useQuery, useQueryClient } from "@tanstack/react-query";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText } from "../../i18n/text.ts";
import { AddComment } from "../../ui/add-comment.tsx";
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
        <Say traceId={alert.trace_id} />
      </div>
    </Panel>
  );
}

function Say(props: { traceId: string }) {
  const write = useWrite();
  const may = useMay();
  const client = useQueryClient();
  if (!may("operator")) return null;
  const send = (text: string): Promise<boolean> =>
    write(async () => {
      await change.alert(props.traceId, "comment", { text });
      await client.invalidateQueries({ queryKey: keys.alertComments(props.traceId) });
      await client.invalidateQueries({ queryKey: keys.alertHistory(props.traceId) });
    });
  return <AddComment onSend={send} />;
}
