import type uPlot from "uplot";

interface PanTarget {
  readonly from: number;
  readonly to: number;
  readonly onZoom: (from: number, to: number) => void;
  readonly onPan?: (from: number, to: number) => void;
}

/** Shift and drag pans, Ctrl and wheel zooms around the pointer; returns how to stop listening. */
export function listenForPan(plot: uPlot, target: () => PanTarget): () => void {
  const { over } = plot;
  let grip: { x: number; from: number; to: number } | null = null;
  let waiting = false;
  const shown = (x: number): { from: number; to: number } => {
    const { x: at, from, to } = grip ?? { x, ...target() };
    const shift = ((x - at) / over.clientWidth) * (to - from);
    return { from: from - shift, to: to - shift };
  };
  const onDown = (event: MouseEvent): void => {
    if (!event.shiftKey || target().onPan === undefined) return;
    // The plot would otherwise begin a selection of its own.
    event.stopImmediatePropagation();
    event.preventDefault();
    grip = { x: event.clientX, from: target().from, to: target().to };
  };
  const onMove = (event: MouseEvent): void => {
    if (grip === null || waiting) return;
    // A mouse reports more often than a screen draws.
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (grip === null) return;
      const { from, to } = shown(event.clientX);
      target().onPan?.(from, to);
    });
  };
  const onUp = (event: MouseEvent): void => {
    if (grip === null) return;
    const { from, to } = shown(event.clientX);
    grip = null;
    target().onZoom(from, to);
  };
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey || target().onPan === undefined) return;
    event.preventDefault();
    const { from, to, onZoom } = target();
    const at = plot.posToVal(event.offsetX, "x");
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    onZoom(at - (at - from) * factor, at + (to - at) * factor);
  };
  // On the parent and while capturing: before the plot's own listeners.
  const parent = over.parentElement ?? over;
  parent.addEventListener("mousedown", onDown, true);
  parent.addEventListener("wheel", onWheel, { passive: false });
  addEventListener("mousemove", onMove);
  addEventListener("mouseup", onUp);
  return () => {
    parent.removeEventListener("mousedown", onDown, true);
    parent.removeEventListener("wheel", onWheel);
    removeEventListener("mousemove", onMove);
    removeEventListener("mouseup", onUp);
  };
}
