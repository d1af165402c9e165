// What pointer, wheel and keys do to a chart: read, hold a reading, zoom, move along.
import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from "react";
import { hoverAt, linkOn, linkStore, pinAt, zoomTo } from "./link.ts";
import { type Plot, stopsOf } from "./plot.ts";
import { keepWithin, panBy, type Range, zoomAround } from "./scale.ts";
import type { XAxis } from "./settings.ts";

/** A press that moves less than this, in pixels, is a click. */
const DRAG_PIXELS = 6;
const ZOOM_STEP = 0.5;
const PAN_STEP = 0.25;
const PAGE_STOPS = 10;

export interface Gestures {
  /** The stretch that is being dragged out, in values of x. */
  readonly selection: Range | null;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: () => void;
  readonly onPointerLeave: () => void;
  readonly onDoubleClick: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * @param surface the element over the plot's area.
 * @param plot as it is drawn now.
 */
export function useGestures(
  surface: RefObject<HTMLElement | null>,
  plot: Plot,
  xAxis: XAxis,
): Gestures {
  const latest = useRef(plot);
  latest.current = plot;
  const pressed = useRef<number | null>(null);
  const [selection, setSelection] = useState<Range | null>(null);

  const valueAt = (event: { clientX: number }): number => {
    const box = surface.current?.getBoundingClientRect();
    const place = box ? (event.clientX - box.left) / box.width : 0;
    return latest.current.x.value(Math.min(1, Math.max(0, place)));
  };
  const isDrag = (event: PointerEvent): boolean =>
    pressed.current !== null && Math.abs(event.clientX - pressed.current) >= DRAG_PIXELS;
  const dragged = (event: PointerEvent): Range => {
    const [one, other] = [valueAt({ clientX: pressed.current ?? 0 }), valueAt(event)];
    return { from: Math.min(one, other), to: Math.max(one, other) };
  };

  // React's wheel listener may not prevent the page's own zoom.
  useEffect(() => {
    const element = surface.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      // A pinch on a touchpad is a wheel with Control; a plain wheel scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, whole } = latest.current;
      const box = element.getBoundingClientRect();
      const value = x.value(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
      zoomTo(xAxis, zoomAround(x, whole, value, Math.exp(event.deltaY / 200)));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [surface, xAxis]);

  return {
    selection,
    onPointerMove(event) {
      if (isDrag(event)) setSelection(dragged(event));
      hoverAt(xAxis, valueAt(event));
    },
    onPointerDown(event) {
      if (event.button !== 0) return;
      pressed.current = event.clientX;
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerUp(event) {
      if (pressed.current === null) return;
      if (isDrag(event)) zoomTo(xAxis, keepWithin(dragged(event), latest.current.whole));
      else {
        const { pin } = linkOn(linkStore.getState(), xAxis);
        pinAt(xAxis, pin === null ? valueAt(event) : null);
      }
      pressed.current = null;
      setSelection(null);
    },
    onPointerCancel() {
      pressed.current = null;
      setSelection(null);
    },
    onPointerLeave: () => hoverAt(xAxis, null),
    onDoubleClick: () => zoomTo(xAxis, null),
    onKeyDown(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act =
        KEYS[event.shiftKey && event.key.startsWith("Arrow") ? `⇧${event.key}` : event.key];
      if (!act || act(latest.current, xAxis) === false) return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

/** False where there was nothing to do: the key then means what it means elsewhere. */
type KeyAction = (plot: Plot, xAxis: XAxis) => unknown;

const cursorOf = (xAxis: XAxis): number | null => {
  const { pin, hover } = linkOn(linkStore.getState(), xAxis);
  return pin ?? hover;
};

/** Moves the reading by so many of the places where there is something to read; at the view's edge the view moves. */
const move =
  (count: number): KeyAction =>
  (plot, xAxis) => {
    const stops = stopsOf(plot);
    if (stops.length === 0) return;
    const cursor = cursorOf(xAxis);
    const isNew = cursor === null || !(plot.x.place(cursor) >= 0 && plot.x.place(cursor) <= 1);
    const at = isNew ? -1 : nearestIndex(stops, cursor);
    const next = isNew ? (count > 0 ? 0 : stops.length - 1) : at + count;
    if (!isNew && (next < 0 || next >= stops.length))
      zoomTo(xAxis, panBy(plot.x, plot.whole, count > 0 ? PAN_STEP : -PAN_STEP) ?? zoomOf(xAxis));
    const stop = stops[Math.min(stops.length - 1, Math.max(0, next))] as number;
    if (linkOn(linkStore.getState(), xAxis).pin === null) hoverAt(xAxis, stop);
    else pinAt(xAxis, stop);
  };

const zoomOf = (xAxis: XAxis): Range | null => linkOn(linkStore.getState(), xAxis).zoom;

function nearestIndex(stops: readonly number[], value: number): number {
  let best = 0;
  stops.forEach((stop, at) => {
    if (Math.abs(stop - value) < Math.abs((stops[best] as number) - value)) best = at;
  });
  return best;
}

const zoomBy =
  (factor: number): KeyAction =>
  (plot, xAxis) => {
    const middle = plot.x.value(0.5);
    const cursor = cursorOf(xAxis) ?? middle;
    const isShown = plot.x.place(cursor) >= 0 && plot.x.place(cursor) <= 1;
    zoomTo(xAxis, zoomAround(plot.x, plot.whole, isShown ? cursor : middle, factor));
  };

const pan =
  (share: number): KeyAction =>
  (plot, xAxis) =>
    zoomTo(xAxis, panBy(plot.x, plot.whole, share));

const hold: KeyAction = (_, xAxis) => {
  const { pin, hover } = linkOn(linkStore.getState(), xAxis);
  if (pin !== null) pinAt(xAxis, null);
  else if (hover !== null) pinAt(xAxis, hover);
};

const KEYS: Readonly<Record<string, KeyAction>> = {
  ArrowLeft: move(-1),
  ArrowRight: move(1),
  PageDown: move(-PAGE_STOPS),
  PageUp: move(PAGE_STOPS),
  Home: move(Number.NEGATIVE_INFINITY),
  End: move(Number.POSITIVE_INFINITY),
  "⇧ArrowLeft": pan(-PAN_STEP),
  "⇧ArrowRight": pan(PAN_STEP),
  "+": zoomBy(ZOOM_STEP),
  "=": zoomBy(ZOOM_STEP),
  "-": zoomBy(1 / ZOOM_STEP),
  "0": (_, xAxis) => zoomTo(xAxis, null),
  Enter: hold,
  " ": hold,
  Escape: (_, xAxis) => {
    const { pin, zoom } = linkOn(linkStore.getState(), xAxis);
    if (pin === null && zoom === null) return false;
    pinAt(xAxis, null);
    hoverAt(xAxis, null);
    zoomTo(xAxis, null);
  },
};
