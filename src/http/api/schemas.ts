/** Parts that many resources are described with. */
import { z } from "@hono/zod-openapi";

/** Text for people: no control, direction or line-breaking characters, which could make it look like other text. */
export const plainText = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, "Invisible characters are not allowed")
    .regex(/^\S(.*\S)?$/, "No space at the beginning or end");

export const time = z.iso.datetime({ offset: true }).openapi({ example: "2027-01-31T12:00:00Z" });
export const pem = z.string().openapi({ description: "PEM (RFC 7468)" });

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem", { description: "RFC 9457" });

export const tenantPath = z.object({
  tenant: z.string().openapi({ description: "The tenant's id" }),
});
export const idPath = tenantPath.extend({ id: z.string() });
export const namePath = tenantPath.extend({ name: z.string() });
export const idOrNamePath = tenantPath.extend({ idOrName: z.string() });

export const pageQuery = z.object({
  cursor: z
    .string()
    .max(300)
    .optional()
    .openapi({ description: "The `nextCursor` of the page before" }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

export const subjectAlternativeName = z.strictObject({
  type: z.enum(["dns", "email", "ip", "upn", "uri"]),
  value: z.string().min(1).max(2000),
});
