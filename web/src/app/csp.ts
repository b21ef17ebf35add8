/**
 * The nonce of this page's content security policy. The server writes a fresh one into the page; styles that are
 * made at run time carry it.
 */
export function cspNonce(): string | undefined {
  const content = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
  return content === undefined || content === "" || content.startsWith("__") ? undefined : content;
}

/**
 * Two helpers of the component library (scroll lock, scroll-bar size) make style elements without the nonce they
 * were given. Handing it to every style element at birth covers them, and whatever comes with the next version.
 */
export function giveNonceToStyles(nonce: string | undefined): void {
  if (nonce === undefined) return;
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name === "style") element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}
