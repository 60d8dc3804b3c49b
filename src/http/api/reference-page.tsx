/** The API's reference as a page without script, made from the OpenAPI document alone. */
import type { Context } from "hono";
import { html } from "hono/html";
import type { FC } from "hono/jsx";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

type Schemas = Readonly<Record<string, Schema>>;

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly description?: string;
  }[];
  readonly requestBody?: {
    readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

/** What this page reads of an OpenAPI document. */
interface Document {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const style =
  ":root{color-scheme:light dark;background:Canvas;color:CanvasText}" +
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}" +
  "code,th{font-family:ui-monospace,monospace}h3 code{font-size:1rem}table{border-collapse:collapse}" +
  "td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top;border-bottom:1px solid #8886;font-weight:normal}" +
  "@media (max-width:40rem){tr,td,th{display:block;border:0;padding-right:0}tr{border-bottom:1px solid #8886}}";

const nameOf = (schema: Schema | undefined): string | undefined => schema?.$ref?.split("/").at(-1);

function typeOf(schema: Schema): string {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.items) return `array of ${typeOf(schema.items)}`;
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(
      ([name, field]) => `${name}${mark(schema, name)}: ${typeOf(field)}`,
    );
    return `{ ${fields.join(", ")} }`;
  }
  return nameOf(schema) ?? [schema.type ?? "any"].flat().join(" | ");
}

/** What a field that may be left out is marked with. */
const mark = (schema: Schema, name: string): string => (schema.required?.includes(name) ? "" : "?");

/** The schema with its own fields and those of the ones it extends. */
function resolved(schema: Schema, schemas: Schemas): Schema {
  const named = schemas[nameOf(schema) ?? ""] ?? schema;
  const parts = (named.allOf ?? []).map((part) => resolved(part, schemas));
  return {
    properties: Object.assign({}, ...parts.map((part) => part.properties), named.properties),
    required: [...parts, named].flatMap((part) => part.required ?? []),
  };
}

const Fields: FC<{ schema: Schema; schemas: Schemas }> = ({ schema, schemas }) => {
  const shown = resolved(schema, schemas);
  return (
    <table>
      {Object.entries(shown.properties ?? {}).map(([name, field]) => (
        <tr>
          <th scope="row">
            {name}
            {mark(shown, name)}
          </th>
          <td>{typeOf(field)}</td>
          <td>{field.description ?? ""}</td>
        </tr>
      ))}
    </table>
  );
};

const OperationSection: FC<{
  method: string;
  path: string;
  operation: Operation;
  schemas: Schemas;
}> = ({ method, path, operation, schemas }) => {
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const query = operation.parameters?.filter((parameter) => parameter.in === "query") ?? [];
  return (
    <section>
      <h3>
        <code>
          {method.toUpperCase()} {path}
        </code>
      </h3>
      <p>{operation.summary}</p>
      {query.length > 0 && <p>Query: {query.map(({ name }) => name).join(", ")}</p>}
      {body && <Fields schema={body} schemas={schemas} />}
      <p>
        {Object.entries(operation.responses ?? {})
          .map(([status, { description }]) => `${status} ${description ?? ""}`)
          .join(" · ")}
      </p>
    </section>
  );
};

const ReferencePage: FC<{ document: Document; nonce: string }> = ({ document, nonce }) => {
  const schemas = { ...document.components?.schemas };
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))];
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{document.info.title} API</title>
        <style nonce={nonce}>{style}</style>
      </head>
      <body>
        <main>
          <h1>{document.info.title} API</h1>
          <p>{document.info.description}</p>
          <p>
            Send an API key as <code>Authorization: Bearer …</code>. All addresses begin with{" "}
            <code>/api/v1</code>; the same description for programs is{" "}
            <a href="openapi.json">openapi.json</a>. A field marked <code>?</code> may be left out.
            Creations take an <code>Idempotency-Key</code>.
          </p>
          {tags.map((tag) => (
            <>
              <h2>{tag}</h2>
              {operations
                .filter(({ operation }) => operation.tags?.includes(tag))
                .map((entry) => (
                  <OperationSection {...entry} schemas={schemas} />
                ))}
            </>
          ))}
          <h2>Answers</h2>
          {Object.entries(schemas).map(([name, schema]) => (
            <section>
              <h3>
                <code>{name}</code>
              </h3>
              <Fields schema={schema} schemas={schemas} />
            </section>
          ))}
        </main>
      </body>
    </html>
  );
};

/** @param document an OpenAPI document; only the parts named in `Document` are read */
export function renderReferencePage(
  context: Context,
  document: object,
): Response | Promise<Response> {
  const nonce = crypto.randomUUID();
  context.header(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  const page = <ReferencePage document={document as Document} nonce={nonce} />;
  return context.html(html`<!doctype html>${page}`);
}
