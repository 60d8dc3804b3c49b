/** Commands that a page shows, copied out of it and run letter by letter by a shell. For the Node suites only. */
import { spawn } from "node:child_process";
import type { TemporaryFolder } from "./foreign-run.ts";

/** The text of a command on the page, as the clipboard would get it. */
export function commandOn(page: string, id: string): string {
  const [, , text] = new RegExp(`<(pre|textarea) id="${id}"[^>]*>([^]*?)</\\1>`).exec(page) ?? [];
  if (text === undefined) throw new Error(`the page has no command ${id}`);
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** A shell whose certmonger is the one in this folder, and whose /etc/ssl is the folder itself. */
export const shellIn =
  (folder: TemporaryFolder) =>
  (script: string): Promise<string> =>
    new Promise((resolve, reject) => {
      // This daemon has a bus of its own, and the test no right to /etc: nothing else is changed.
      const prelude = `set -e; getcert() { command getcert "$1" -s "\${@:2}"; }; hostname() { echo device-7; }\n`;
      const child = spawn("bash", ["-c", prelude + script.replaceAll("/etc/ssl", folder.path)], {
        cwd: folder.path,
        env: {
          ...process.env,
          LC_ALL: "C",
          DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder.file("bus")}`,
        },
      });
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.once("close", (code) =>
        code === 0 ? resolve(said) : reject(new Error(`${script}\nexit ${code}\n${said}`)),
      );
    });
