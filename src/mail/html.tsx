/** A mail in HTML: styles inline because mail programs drop all others; no images, no scripts, nothing from elsewhere. */
import { html } from "hono/html";
import type { FC } from "hono/jsx";
import type { MailContent } from "./content.ts";

const ink = "#1b1f24";
const body = `margin:0;padding:24px 12px;background:#f3f5f7;color:${ink};font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif`;
const sheet =
  "max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border:1px solid #d8dee4;border-radius:8px";
const button =
  "display:inline-block;padding:10px 20px;border-radius:6px;background:#0b5cad;color:#ffffff;text-decoration:none";

const Layout: FC<{ content: MailContent }> = ({ content }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light" />
      <title>{content.subject}</title>
    </head>
    <body style={body}>
      <div style={sheet}>
        <h1 style="font-size:20px;line-height:1.3;margin:0 0 16px">{content.subject}</h1>
        {content.paragraphs.map((paragraph) => (
          <p style="margin:0 0 12px">{paragraph}</p>
        ))}
        <table role="presentation" style="margin:8px 0 20px;border-collapse:collapse">
          {content.facts.map(([label, value]) => (
            <tr>
              <td style="padding:2px 16px 2px 0;color:#57606a;vertical-align:top">{label}</td>
              <td style="padding:2px 0;overflow-wrap:anywhere">{value}</td>
            </tr>
          ))}
        </table>
        {content.action && (
          <>
            <p style="margin:0 0 12px">
              <a href={content.action.url} style={button}>
                {content.action.label}
              </a>
            </p>
            <p style="margin:0 0 12px;font-size:13px;color:#57606a;overflow-wrap:anywhere">
              {content.action.url}
            </p>
          </>
        )}
        {content.remarks.map((remark) => (
          <p style="margin:12px 0 0;font-size:14px;color:#57606a">{remark}</p>
        ))}
      </div>
    </body>
  </html>
);

export const toHtml = async (content: MailContent): Promise<string> =>
  String(await html`<!doctype html>${<Layout content={content} />}`);
