/**
 * A ref that names what describes a field. Mantine's fields know only errors and descriptions of their own, and drop
 * the attribute for others.
 *
 * @param ids of the elements, apart by spaces; undefined for none.
 */
export const describedBy =
  (ids: string | undefined) =>
  (node: HTMLElement | null): void => {
    if (ids !== undefined) node?.setAttribute("aria-describedby", ids);
  };
