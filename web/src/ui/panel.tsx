import type { ReactNode } from "react";

/** One part of a page under a heading. */
export function Panel(props: {
  title: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  className?: string;
  id?: string;
}) {
  return (
    <section className={`panel ${props.className ?? ""}`} id={props.id}>
      <header className="panel-head">
        <h2>{props.title}</h2>
        {props.extra !== undefined && <div className="row">{props.extra}</div>}
      </header>
      <div className="panel-body">{props.children}</div>
    </section>
  );
}

/** Heading of a page with what can be done there. */
export function PageHead(props: { title: ReactNode; note?: ReactNode; children?: ReactNode }) {
  return (
    <header className="page-head">
      <div className="grow">
        <h1>{props.title}</h1>
        {props.note !== undefined && <p className="muted">{props.note}</p>}
      </div>
      {props.children !== undefined && <div className="row">{props.children}</div>}
    </header>
  );
}

/** Names and values in two columns. */
export function Facts(props: { rows: readonly (readonly [ReactNode, ReactNode])[] }) {
  return (
    <dl className="facts">
      {props.rows.map(([name, value], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are written down, they never move
        <div key={i}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
