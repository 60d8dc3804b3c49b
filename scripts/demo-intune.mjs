/** npm run demo:intune: a simulated Windows device enrols through the running demo and its fake of Microsoft's cloud. */
import { join } from "node:path";
import { onToolNode } from "./on-tool-node.mjs";
import { command } from "./terminal.mjs";

await command(() => onToolNode(join(import.meta.dirname, "demo-intune", "run.mjs"), []));
