interface Named {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
}

/**
 * A device's name as short as it is still one: descriptions go on with driver versions after a colon or in
 * brackets ("llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)").
 */
export function deviceName({ vendor, architecture, description }: Named): string {
  const [name = ""] = description.split(/[:(]/);
  return name.trim() || [vendor, architecture].filter(Boolean).join(" ");
}
