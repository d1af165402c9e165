import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { Translation } from "react-i18next";
import classes from "./CrashScreen.module.css";

interface CrashState {
  readonly error: Error | null;
}

/** An error of the page itself. The worker, if any, is ended by the reload; its checkpoints stay. */
export class CrashScreen extends Component<{ children: ReactNode }, CrashState> {
  override state: CrashState = { error: null };

  static getDerivedStateFromError(error: unknown): CrashState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Translation ns="common">
        {(t) => (
          <main className={classes.screen} role="alert">
            <h1>{t("crash.title")}</h1>
            <p>{t("crash.hint")}</p>
            <pre>{error.message}</pre>
            <Button onClick={() => window.location.reload()}>{t("crash.reload")}</Button>
          </main>
        )}
      </Translation>
    );
  }
}
