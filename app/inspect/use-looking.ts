import {
  createContext,
  type KeyboardEvent,
  type RefObject,
  useContext,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
} from "react";
import { useStore } from "zustand";
import { activeToken, type Looking, type LookState } from "./looking.ts";
import { moveAmongTokens } from "./moves.ts";

export const LookingContext = createContext<Looking | null>(null);

/** The panel's questions and answers. */
export function useLooking(): Looking {
  const looking = useContext(LookingContext);
  if (!looking) throw new Error("a view of a look must stand in a panel; it does not");
  return looking;
}

export const useLook = <T>(select: (state: LookState) => T): T =>
  useStore(useLooking().store, select);

export const useActiveToken = (): number | null => useLook(activeToken);

/** The same for lists of numbers: they follow the pointer once the marks have. */
export function useListedToken(): number | null {
  const active = useDeferredValue(useLook(activeToken));
  // The text may have become shorter meanwhile.
  const last = useLook(({ look }) => (look ? look.ids.length - 1 : 0));
  return active === null ? null : Math.min(active, last);
}

/**
 * Marks every element that stands for a token (`data-token`) as the store has it: hovered, pinned, active. By
 * attributes, since a thousand tokens drawn anew for each move of the pointer would lag behind it.
 */
export function useTokenMarks(container: RefObject<HTMLElement | null>): void {
  const { store } = useLooking();
  // After every drawing of the view, for it may have brought other elements.
  useLayoutEffect(() => {
    const mark = () => {
      const state = store.getState();
      const places = { hovered: state.hovered, pinned: state.pinned, active: activeToken(state) };
      for (const [name, token] of Object.entries(places)) {
        const attribute = `data-${name}`;
        const wanted = token === null ? null : String(token);
        for (const element of container.current?.querySelectorAll(`[${attribute}]`) ?? [])
          if (element.getAttribute("data-token") !== wanted) element.removeAttribute(attribute);
        if (wanted === null) continue;
        for (const element of container.current?.querySelectorAll(`[data-token="${wanted}"]`) ?? [])
          element.setAttribute(attribute, "");
      }
    };
    mark();
    return store.subscribe(mark);
  });
}

/** Does something whenever a part of the state has changed, without drawing anything anew. */
export function useChange<T>(select: (state: LookState) => T, act: (value: T) => void): void {
  const { store } = useLooking();
  useLayoutEffect(() => {
    let last = select(store.getState());
    act(last);
    return store.subscribe((state) => {
      const value = select(state);
      if (value === last) return;
      last = value;
      act(value);
    });
  }, [store, select, act]);
}

/** Keys that move among tokens, wherever tokens have the focus; see moveAmongTokens. */
export function useTokenKeys(): (event: KeyboardEvent) => void {
  const looking = useLooking();
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { hovered, pinned, look } = looking.store.getState();
    const marks = moveAmongTokens(event.key, { hovered, pinned }, look?.ids.length ?? 0);
    if (!marks) return;
    event.preventDefault();
    looking.hover(marks.hovered);
    if (marks.pinned !== pinned) looking.pin(marks.pinned);
  };
}

/** Token that an element under the pointer stands for, or null. */
export function tokenOf(target: EventTarget): number | null {
  const token = (target as Element).closest?.("[data-token]")?.getAttribute("data-token");
  return token === null || token === undefined ? null : Number(token);
}

/** Calls once, when the element first comes near what is seen of the page. */
export function useFirstSight(element: RefObject<Element | null>, see: () => void): void {
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        see();
      },
      { rootMargin: "200px" },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, see]);
}
