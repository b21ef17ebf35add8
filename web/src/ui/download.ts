/** Hands a text to the browser as a file. The mark at the begin of a table tells spreadsheets that it is UTF-8. */
export function download(name: string, text: string): void {
  const isTable = name.endsWith(".csv");
  const mark = isTable && !text.startsWith("\ufeff") ? "\ufeff" : "";
  const type = `${isTable ? "text/csv" : "text/plain"};charset=utf-8`;
  const address = URL.createObjectURL(new Blob([mark, text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
