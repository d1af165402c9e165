export function findLavapipe(): string | null;
export function chooseSoftwareVulkan(env?: Record<string, string | undefined>): void;
