// The page's address holds how the runs are looked at, so that a reload or a bookmark brings it back.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { archiveStore } from "../../stores/archive.ts";
import { readSearch, searchOf } from "./address.ts";

const DELAY_MS = 300;

/** The address sets the page once, then follows it. */
export function useRunsAddress(): void {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const first = useRef(search);
  useEffect(() => {
    archiveStore.setState(readSearch(first.current));
    let timer: ReturnType<typeof setTimeout> | null = null;
    let shown = JSON.stringify(first.current);
    const follow = () => {
      const next = JSON.stringify(searchOf(archiveStore.getState()));
      if (next === shown) return;
      shown = next;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => {
        const search = searchOf(archiveStore.getState());
        void navigate({ search, replace: true, resetScroll: false });
      }, DELAY_MS);
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
