import { useTranslation } from "react-i18next";
import type { Fault, FaultCode } from "../../../workers/api/outcome.ts";
import { type BrowserFamily, browserFamily } from "../../lib/browser.ts";
import { DeviceFaultNotice } from "./FaultNotice.tsx";
import classes from "./NoDevice.module.css";

/** There is a device; the browser does not give it now. */
const KEPT_BACK: ReadonlySet<FaultCode> = new Set(["reload-needed", "restart-needed"]);

const FAMILIES: readonly BrowserFamily[] = ["chromium", "safari", "firefox"];

/** Nothing to compute on: why, and what to do in this browser and in the others. */
export function NoDevice({ fault }: { readonly fault: Fault }) {
  const { t } = useTranslation("language");
  if (KEPT_BACK.has(fault.code)) return <DeviceFaultNotice fault={fault} />;
  const own = browserFamily(navigator.userAgent);
  const ordered = FAMILIES.toSorted((one, other) => Number(other === own) - Number(one === own));
  return (
    <>
      <DeviceFaultNotice fault={fault} />
      <section aria-label={t("noDevice.what")}>
        <h2 className={classes.title}>{t("noDevice.what")}</h2>
        <dl className={classes.list}>
          {ordered.map((family) => (
            <div key={family} className={classes.row} data-own={family === own || undefined}>
              <dt>
                {t(`noDevice.${family}.name`)}
                {family === own && <span className={classes.own}>{t("noDevice.yours")}</span>}
              </dt>
              <dd>{t(`noDevice.${family}.steps`)}</dd>
            </div>
          ))}
        </dl>
        {!window.isSecureContext && <p className={classes.note}>{t("noDevice.secure")}</p>}
        <p className={classes.note}>{t("noDevice.headless")}</p>
      </section>
    </>
  );
}
