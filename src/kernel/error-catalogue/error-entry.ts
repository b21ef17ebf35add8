/** What the outside is told of a code. */
export interface ErrorEntry {
  readonly status: number;
  readonly retry: boolean;
  readonly title: string;
  readonly remedy: string;
}

export const entry = (
  status: number,
  retry: boolean,
  title: string,
  remedy: string,
): ErrorEntry => ({ status, retry, title, remedy });
