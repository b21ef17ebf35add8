import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { Learning } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useBilingual, useText, useWord } from "../../i18n/text.ts";
import { Ask, useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { QueryView } from "../../ui/states.tsx";
import { signText } from "./knowledge-draft.ts";

/** How close-outs move the ranking of causes, with the counts, and what they suggest to change. */
export function LearningPanel() {
  const t = useText();
  const learning = useQuery({ queryKey: keys.learning(), queryFn: read.learning });
  return (
    <details className="panel kb-entry" open={(learning.data?.proposals.length ?? 0) > 0}>
      <summary>
        <b className="grow">{t("learning.title")}</b>
        {learning.data !== undefined && learning.data.proposals.length > 0 && (
          <span className="tag tag-warn">
            {t("learning.proposals")}: {learning.data.proposals.length}
          </span>
        )}
      </summary>
      <QueryView query={learning}>{(data) => <Taught data={data} />}</QueryView>
    </details>
  );
}

function Taught(props: { data: Learning }) {
  const { data } = props;
  const t = useText();
  if (data.verdicts === 0 && data.withdrawn.length === 0)
    return <p className="muted">{t("learning.none")}</p>;
  const { verdicts: count, verdicts_needed: needed, least, most } = data;
  return (
    <div className="column">
      <p className="muted">{t("learning.lead", { count, needed, least, most })}</p>
      <Causes data={data} />
      <h2 className="kb-heading">{t("learning.proposals")}</h2>
      {data.proposals.length === 0 && <p className="muted">{t("learning.no_proposals")}</p>}
      {data.proposals.map((proposal) => (
        <Proposal key={proposal.id} proposal={proposal} />
      ))}
      <Withdrawals data={data} />
    </div>
  );
}

function Causes(props: { data: Learning }) {
  const { causes, verdicts_needed: needed } = props.data;
  const t = useText();
  const word = useWord();
  if (causes.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse it is scrolled with the keys
    <section className="table-scroll" aria-label={t("learning.cause")} tabIndex={0}>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t("kb.type")}</th>
            <th scope="col">{t("learning.cause")}</th>
            <th scope="col">{t("learning.predicted")}</th>
            <th scope="col">{t("learning.found")}</th>
            <th scope="col">{t("learning.confirmed")}</th>
            <th scope="col">{t("learning.factor")}</th>
          </tr>
        </thead>
        <tbody>
          {causes.map((cause) => (
            <tr key={`${cause.device_type} ${cause.category}`}>
              <td>{cause.device_type}</td>
              <td>{word("fault", cause.category)}</td>
              <td>{cause.predicted}</td>
              <td>{cause.found}</td>
              <td>{cause.confirmed}</td>
              <td>
                × {cause.factor.toFixed(2)}{" "}
                {cause.verdicts < needed && (
                  <span className="muted small">
                    {t("learning.too_few")} ({cause.verdicts}/{needed})
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Writes and takes the answer as the new state: it is the whole overview. */
function useAnswer(): (action: () => Promise<Learning>, done?: string) => Promise<boolean> {
  const write = useWrite();
  const client = useQueryClient();
  return async (action, done) => {
    const ok = await write(action, done);
    // Refused, too: then somebody else was faster.
    void client.invalidateQueries({ queryKey: ["knowledge"] });
    void client.invalidateQueries({ queryKey: keys.rules() });
    return ok;
  };
}

function Proposal(props: { proposal: Learning["proposals"][number] }) {
  const { proposal } = props;
  const t = useText();
  const may = useMay();
  const pick = useBilingual();
  const answer = useAnswer();
  const [open, setOpen] = useState<"accept" | "dismiss" | null>(null);
  const name = pick(proposal.name);
  const { change: changed } = proposal;
  const [was, is] =
    changed.field === "text"
      ? [changed.before, changed.after]
      : [changed.before.map(signText).join("\n"), changed.after.map(signText).join("\n")];
  const version = proposal.version + 1;
  return (
    <div className="kb-proposal">
      <p>
        <b>{name}</b>{" "}
        <span className="tag">
          {t(proposal.target === "rule" ? "learning.of_rule" : "learning.of_kb")}{" "}
          {proposal.subject_id}
        </span>
      </p>
      <p className="muted small">
        {pick(proposal.because)} · {proposal.order_nos.join(", ")}
      </p>
      <div className="kb-difference">
        <span className="mono small">{changed.field}</span>
        <del title={t("learning.before")}>{was}</del>
        <ins title={t("learning.after")}>{is}</ins>
      </div>
      {may("engineer") && (
        <div className="row">
          <Button size="small" type="primary" onClick={() => setOpen("accept")}>
            {t("learning.accept")}
          </Button>
          <Button size="small" onClick={() => setOpen("dismiss")}>
            {t("learning.dismiss")}
          </Button>
        </div>
      )}
      <Ask
        open={open === "accept"}
        title={t("learning.accept_title", { name, version })}
        ok={t("learning.accept")}
        needsReason
        onClose={() => setOpen(null)}
        onOk={(reason) =>
          answer(() => change.answerProposal(proposal.id, "accept", reason), t("learning.accepted"))
        }
      />
      <Ask
        open={open === "dismiss"}
        title={t("learning.dismiss_title", { name })}
        ok={t("learning.dismiss")}
        needsReason
        onClose={() => setOpen(null)}
        onOk={(reason) => answer(() => change.answerProposal(proposal.id, "dismiss", reason))}
      />
    </div>
  );
}

function Withdrawals(props: { data: Learning }) {
  const { withdrawn } = props.data;
  const t = useText();
  const may = useMay();
  const answer = useAnswer();
  const [order, setOrder] = useState("");
  const [open, setOpen] = useState<{ verb: "withdraw" | "restore"; order: string } | null>(null);
  return (
    <>
      {withdrawn.length > 0 && <h2 className="kb-heading">{t("learning.withdrawn")}</h2>}
      {withdrawn.map((item) => (
        <div key={item.order_no} className="row">
          <span className="mono">{item.order_no}</span>
          <span className="muted small">
            {item.actor} · {item.reason}
          </span>
          {may("engineer") && (
            <Button size="small" onClick={() => setOpen({ verb: "restore", order: item.order_no })}>
              {t("learning.restore")}
            </Button>
          )}
        </div>
      ))}
      {may("engineer") && (
        <div className="row kb-withdraw">
          <Field label={t("learning.order")}>
            {(id) => (
              <Input
                id={id}
                placeholder="WO-20260228-0007"
                maxLength={50}
                value={order}
                onChange={(event) => setOrder(event.target.value.trim())}
              />
            )}
          </Field>
          <Button disabled={order === ""} onClick={() => setOpen({ verb: "withdraw", order })}>
            {t("learning.withdraw")}
          </Button>
        </div>
      )}
      <Ask
        open={open !== null}
        title={
          open === null
            ? ""
            : t(open.verb === "withdraw" ? "learning.withdraw_title" : "learning.restore_title", {
                order: open.order,
              })
        }
        ok={t(open?.verb === "restore" ? "learning.restore" : "learning.withdraw_ok")}
        needsReason
        onClose={() => setOpen(null)}
        onOk={async (reason) => {
          if (open === null) return false;
          return answer(() => change.judgeVerdict(open.order, open.verb, reason));
        }}
      />
    </>
  );
}
