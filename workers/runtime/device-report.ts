import type { Gpu } from "../../kernels/core/gpu.ts";
import type { DeviceReport } from "../api/studio.ts";

/** What the page and the logs say about an adapter. */
export function describeDevice({ adapterInfo, profile, device }: Gpu): DeviceReport {
  const { vendor, architecture, description, device: name } = adapterInfo;
  return {
    vendor,
    architecture,
    description: description || name || [vendor, architecture].filter(Boolean).join(" "),
    software: profile.adapterClass !== "gpu" || adapterInfo.isFallbackAdapter === true,
    features: [...device.features].sort(),
    limits: { ...profile.limits },
  };
}
