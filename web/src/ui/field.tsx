import { type ReactNode, useId } from "react";

/** A named input; the name is bound to it, so that a click on it and a screen reader find it. */
export function Field(props: {
  label: ReactNode;
  note?: ReactNode;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children(id)}
      {props.note !== undefined && <span className="muted small">{props.note}</span>}
    </div>
  );
}
