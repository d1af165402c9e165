// How parameters stand in the address: the router's own way of writing them, under the page's own address.
import { defaultStringifySearch } from "@tanstack/react-router";
import type { SetupSearch } from "./link.ts";

/** The whole address of the lab that is open, with these parameters. */
export function addressOf(search: SetupSearch): string {
  const { href, hash } = window.location;
  const page = href.slice(0, href.length - hash.length);
  const [path = "#/"] = (hash || "#/").split("?");
  return `${page}${path}${defaultStringifySearch(search as Record<string, unknown>)}`;
}
