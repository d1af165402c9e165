// vitest setup of the project gpu-node.
import { chooseSoftwareVulkan } from "../../scripts/software-vulkan.mjs";
import { installDawn } from "./dawn.ts";

chooseSoftwareVulkan();
installDawn();
