import type { FaultSign } from "../../../model/diagnosis.ts";

/** A change that the close-outs suggest; nothing happens before a person accepts it. */
export interface LearningProposal {
  /** The same for the same change of the same version: accepting twice does it once. */
  readonly id: string;
  readonly target: "kb" | "rule";
  /** Id of the entry or rule, and the version that would be replaced. */
  readonly subjectId: string;
  readonly version: number;
  readonly name: { readonly zh: string; readonly en: string };
  readonly change: SignsChange | TextChange;
  readonly because: { readonly zh: string; readonly en: string };
  /** Close-outs it rests on. */
  readonly orderNos: readonly string[];
}

interface SignsChange {
  readonly field: "signs";
  readonly before: readonly FaultSign[];
  readonly after: readonly FaultSign[];
}

interface TextChange {
  readonly field: "text";
  readonly before: string;
  readonly after: string;
}
