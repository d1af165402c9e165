// The page's address holds how the runs are looked at, so that a reload or a bookmark brings it back.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { archiveStore } from "../../stores/archive.ts";
import { readSearch, searchOf } from "./address.ts";

/** While somebody types; everything else is in the address at once. */
const TYPING_MS = 300;

/** The address sets the page once, then follows it. */
export function useRunsAddress(): void {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const first = useRef(search);
  useEffect(() => {
    archiveStore.setState(readSearch(first.current));
    let timer: ReturnType<typeof setTimeout> | null = null;
    let shown = JSON.stringify(first.current);
    let typed = archiveStore.getState().filter;
    const write = () => {
      timer = null;
      const search = searchOf(archiveStore.getState());
      void navigate({ search, replace: true, resetScroll: false });
    };
    const follow = () => {
      const { filter } = archiveStore.getState();
      const isTyping = filter !== typed;
      typed = filter;
      const next = JSON.stringify(searchOf(archiveStore.getState()));
      if (next === shown) return;
      shown = next;
      if (timer !== null) clearTimeout(timer);
      if (isTyping) timer = setTimeout(write, TYPING_MS);
      else write();
    };
    // What the page still knows from before, the address does not yet.
    follow();
    const unsubscribe = archiveStore.subscribe(follow);
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [navigate]);
}
