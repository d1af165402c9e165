import type { Gpu } from "../../kernels/core/gpu.ts";
import type { DeviceOverview, DeviceReport, VariantRows } from "../api/device.ts";
import { adapterName } from "./variant-table.ts";

const isSoftware = ({ profile, adapterInfo }: Gpu): boolean =>
  profile.adapterClass !== "gpu" || adapterInfo.isFallbackAdapter === true;

/**
 * What the page and the logs say about an adapter.
 *
 * @param variants rows of its table that were measured.
 */
export function describeDevice(gpu: Gpu, variants: VariantRows = {}): DeviceReport {
  const { adapterInfo, profile, device } = gpu;
  const { vendor, architecture, description, device: name } = adapterInfo;
  return {
    vendor,
    architecture,
    description: description || name || [vendor, architecture].filter(Boolean).join(" "),
    software: isSoftware(gpu),
    features: [...device.features].sort(),
    limits: { ...profile.limits },
    variants,
  };
}

/** What an adapter offers, and what of it is in use. */
export function overviewOf(
  gpu: Gpu,
): Pick<DeviceOverview, "adapter" | "software" | "subgroupSizes" | "features" | "limits"> {
  const { device, offer, profile } = gpu;
  const granted = device.limits as unknown as Readonly<Record<string, number | undefined>>;
  return {
    adapter: adapterName(gpu),
    software: isSoftware(gpu),
    subgroupSizes:
      profile.subgroupMaxSize > 0 ? [profile.subgroupMinSize, profile.subgroupMaxSize] : null,
    features: offer.features.map((name) => ({ name, used: device.features.has(name) })),
    limits: Object.entries(offer.limits).map(([name, offered]) => ({
      name,
      offered,
      value: granted[name] ?? offered,
    })),
  };
}
