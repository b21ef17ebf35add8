import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Alert, Report } from "../../api/types.ts";
import { QueryView } from "../../ui/states.tsx";
import { AlarmHead } from "./alarm-head.tsx";
import { AlarmHistory } from "./alarm-history.tsx";
import { Diagnosis } from "./diagnosis.tsx";
import { MachineBefore } from "./machine-before.tsx";
import { OrderBox } from "./order-box.tsx";
import { WhatChanged } from "./what-changed.tsx";
import { WhyFired } from "./why-fired.tsx";
import "./alarms.css";
import "./alarm-page.css";

/** One alarm, its whole story on one screen; also the print view. */
export function AlarmPage() {
  const { traceId = "" } = useParams();
  const alert = useQuery({ queryKey: keys.alert(traceId), queryFn: () => read.alert(traceId) });
  return (
    <QueryView query={alert}>{(data) => <Story key={data.trace_id} alert={data} />}</QueryView>
  );
}

function Story(props: { alert: Alert }) {
  const { alert } = props;
  const [cited, setCited] = useState<string | null>(null);
  const diagnosed = alert.status === "COMPLETED" || alert.reported_severity !== null;
  const report = useQuery<Report>({
    queryKey: keys.report(alert.trace_id),
    queryFn: () => read.report(alert.trace_id),
    enabled: diagnosed,
    retry: false,
  });
  const evidence = report.data?.evidence.find((each) => each.id === cited) ?? null;
  return (
    <article className="story">
      <AlarmHead alert={alert} />
      <div className="story-grid">
        <div className="column story-changed">
          <WhatChanged alert={alert} cited={evidence} />
          <div className="story-pair">
            <OrderBox alert={alert} />
            <MachineBefore alert={alert} />
          </div>
          <WhyFired alert={alert} />
        </div>
        <div className="story-told">
          <Diagnosis alert={alert} report={report} cited={cited} onCite={setCited} />
        </div>
        <div className="story-done">
          <AlarmHistory alert={alert} />
        </div>
      </div>
    </article>
  );
}
