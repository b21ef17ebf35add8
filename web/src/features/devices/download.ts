/** Hands a text to the browser as a file. The mark at its begin tells spreadsheets that it is UTF-8. */
export function download(name: string, text: string): void {
  const mark = text.startsWith("\ufeff") ? "" : "\ufeff";
  const address = URL.createObjectURL(new Blob([mark, text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
