import type { Gpu } from "../../kernels/core/gpu.ts";
import type { DeviceReport, VariantRows } from "../api/device.ts";

/**
 * What the page and the logs say about an adapter.
 *
 * @param variants rows of its table that were measured.
 */
export function describeDevice(
  { adapterInfo, profile, device }: Gpu,
  variants: VariantRows = {},
): DeviceReport {
  const { vendor, architecture, description, device: name } = adapterInfo;
  return {
    vendor,
    architecture,
    description: description || name || [vendor, architecture].filter(Boolean).join(" "),
    software: profile.adapterClass !== "gpu" || adapterInfo.isFallbackAdapter === true,
    features: [...device.features].sort(),
    limits: { ...profile.limits },
    variants,
  };
}
