/**
 * For libraries that set OPENSSL_CONF for a moment and put it back: where it was not set they leave the text "undefined"
 * behind, and every openssl that this process starts afterwards looks for a file of that name. Empty means the same as
 * not set, and survives them. To be called before they are loaded.
 */
export function keepOpensslConf(): void {
  process.env["OPENSSL_CONF"] ??= "";
}
