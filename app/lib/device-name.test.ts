import { expect, it } from "vitest";
import { deviceName } from "./device-name.ts";

it("leaves driver versions out and falls back to vendor and architecture", () => {
  const device = { vendor: "mesa", architecture: "software" };
  expect(deviceName({ ...device, description: "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)" })).toBe(
    "llvmpipe",
  );
  expect(deviceName({ ...device, description: "" })).toBe("mesa software");
});
