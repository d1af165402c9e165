import { Component, type ReactNode, Suspense } from "react";

export interface LazyPartProps {
  readonly children: ReactNode;
  /** What keeps the part's place while its code is on its way, and stays where it cannot be had. */
  readonly place?: ReactNode;
}

/** A part of a page whose code is fetched when it is shown. Without it the rest of the page goes on. */
export function LazyPart({ children, place = null }: LazyPartProps) {
  return (
    <Boundary place={place}>
      <Suspense fallback={place}>{children}</Suspense>
    </Boundary>
  );
}

/** A chunk that cannot be fetched (a newer build replaced it) must not take the run's controls with it. */
class Boundary extends Component<LazyPartProps, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? this.props.place : this.props.children;
  }
}
