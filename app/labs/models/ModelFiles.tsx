import { useTranslation } from "react-i18next";
import type { ModelFile } from "../../../workers/api/models.ts";
import { Digest } from "../../components/Digest.tsx";
import { formatBytes } from "../../lib/format.ts";
import classes from "./ModelFiles.module.css";

/** The folder's files, with digests that anyone can compare. */
export function ModelFiles({ files }: { readonly files: readonly ModelFile[] }) {
  const { t } = useTranslation("models");
  return (
    <section aria-label={t("detail.files")}>
      <h3 className={classes.title}>{t("detail.files")}</h3>
      <table className={classes.files}>
        <thead>
          <tr>
            <th scope="col">{t("detail.fileName")}</th>
            <th scope="col" data-number>
              {t("detail.fileSize")}
            </th>
            <th scope="col">{t("detail.fileHash")}</th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ name, bytes, sha256 }) => (
            <tr key={name}>
              <td>{name}</td>
              <td data-number>{formatBytes(bytes)}</td>
              <td>
                <Digest
                  value={sha256}
                  copyLabel={t("digest.copy")}
                  copiedLabel={t("digest.copied")}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
