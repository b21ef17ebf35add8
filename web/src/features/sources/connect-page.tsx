import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Radio } from "antd";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { isIdentifier } from "../../../../src/model/basics.ts";
import { change, read } from "../../api/endpoints.ts";
import { keys } from "../../api/keys.ts";
import type { SourceDetail } from "../../api/types.ts";
import { useMay } from "../../app/session.ts";
import { useText, useWord } from "../../i18n/text.ts";
import { useWrite } from "../../ui/ask.tsx";
import { Field } from "../../ui/field.tsx";
import { PageHead, Panel } from "../../ui/panel.tsx";
import { Empty, QueryView } from "../../ui/states.tsx";
import { HttpGuide } from "./http-guide.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import {
  draftOf,
  inputOf,
  newDraft,
  type Protocol,
  protocols,
  type SourceDraft,
} from "./source-draft.ts";
import { SourceForm } from "./source-form.tsx";
import "./sources.css";

/** Connects a device, or changes a source: what is read is seen before anything is kept. */
export function ConnectPage() {
  const t = useText();
  const may = useMay();
  const { name } = useParams();
  if (!may("engineer")) return <Empty title={t("sources.who_may")} />;
  return name === undefined ? <NewSource /> : <StoredSource name={name} />;
}

function NewSource() {
  const t = useText();
  const word = useWord();
  const [search, setSearch] = useSearchParams();
  const chosen = protocols.find((each) => each === search.get("protocol")) ?? "http";
  return (
    <>
      <PageHead title={t("sources.connect")} note={t("connect.lead")} />
      <Radio.Group
        className="protocols"
        value={chosen}
        aria-label={t("connect.protocol")}
        onChange={(event) =>
          setSearch({ protocol: event.target.value as Protocol }, { replace: true })
        }
      >
        {protocols.map((each) => (
          <Radio.Button key={each} value={each}>
            {word("protocol", each)}
          </Radio.Button>
        ))}
      </Radio.Group>
      <p className="muted">{word("protocol_about", chosen)}</p>
      {chosen === "http" ? (
        <HttpGuide />
      ) : (
        // Another protocol is another form: nothing of the old one may stay in it.
        <Editor key={chosen} start={newDraft(chosen)} stored={null} />
      )}
    </>
  );
}

function StoredSource(props: { name: string }) {
  const { name } = props;
  const t = useText();
  const source = useQuery({ queryKey: keys.source(name), queryFn: () => read.source(name) });
  return (
    <>
      <PageHead title={name} note={t("connect.edit_lead")} />
      <QueryView query={source}>
        {(data) =>
          data.origin === "configuration" ? (
            <Empty title={t("sources.fixed_more")} />
          ) : (
            <Editor key={data.revision} start={draftOf(data)} stored={data} />
          )
        }
      </QueryView>
    </>
  );
}

function Editor(props: { start: SourceDraft; stored: SourceDetail | null }) {
  const { start, stored } = props;
  const t = useText();
  const [draft, setDraft] = useState(start);
  return (
    <div className="connect">
      <div className="column">
        <SourceForm draft={draft} setDraft={setDraft} keptSecrets={stored?.secrets ?? []} />
        <Panel title={t("connect.keep")}>
          <Keep draft={draft} setDraft={setDraft} stored={stored} />
        </Panel>
      </div>
      <PreviewPanel draft={draft} storedName={stored?.name ?? null} />
    </div>
  );
}

/** Under which name, and what happens then. */
function Keep(props: {
  draft: SourceDraft;
  setDraft: (draft: SourceDraft) => void;
  stored: SourceDetail | null;
}) {
  const { draft, setDraft, stored } = props;
  const t = useText();
  const write = useWrite();
  const client = useQueryClient();
  const go = useNavigate();
  const bad = !isIdentifier(draft.name);
  const save = async (): Promise<void> => {
    const done = t(stored === null ? "connect.saved" : "connect.changed", { name: draft.name });
    const action = async (): Promise<unknown> => {
      const { options, secrets, ...input } = inputOf(draft);
      if (stored === null) return await change.createSource({ ...input, options, secrets });
      const revision = stored.revision ?? 0;
      return await change.patchSource(stored.name, { options, secrets, revision });
    };
    if (!(await write(action, done))) return;
    for (const queryKey of [keys.sources(), keys.source(draft.name)])
      await client.invalidateQueries({ queryKey });
    void go(`/sources?open=${encodeURIComponent(draft.name)}`);
  };
  return (
    <div className="column">
      {stored === null && (
        <Field label={t("connect.name")} note={t("connect.name_note")}>
          {(id) => (
            <Input
              id={id}
              value={draft.name}
              maxLength={50}
              onChange={(event) => setDraft({ ...draft, name: event.target.value })}
              {...(bad ? { status: "error" as const } : {})}
            />
          )}
        </Field>
      )}
      <div className="row">
        <Button type="primary" disabled={bad} onClick={() => void save()}>
          {stored === null
            ? t("connect.save", { name: draft.name })
            : t("connect.change", { name: draft.name })}
        </Button>
        <Button onClick={() => void go("/sources")}>{t("action.back")}</Button>
      </div>
    </div>
  );
}
