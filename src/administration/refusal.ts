/** Why an administrator's wish is not fulfilled. Every sentence is for the person who asked. */
import type { Result } from "../result.ts";
import type { OperatorPermission, TenantPermission } from "./permissions.ts";

export type Refusal =
  /** Does not exist, or belongs to somebody else: the two must look alike. */
  | { readonly reason: "not_found"; readonly detail: string }
  | {
      readonly reason: "forbidden";
      readonly detail: string;
      /** The permission that is missing, where it is one. */
      readonly lacking?: TenantPermission | OperatorPermission;
    }
  | { readonly reason: "invalid"; readonly field: string; readonly detail: string }
  | { readonly reason: "conflict"; readonly detail: string };

export type Outcome<Value> = Result<Value, Refusal>;

const refused = (refusal: Refusal) => ({ ok: false, error: refusal }) as const;

export const notFound = (what: string) =>
  refused({ reason: "not_found", detail: `There is no such ${what}.` });
export const forbidden = (detail: string) => refused({ reason: "forbidden", detail });
export const lacks = (lacking: TenantPermission | OperatorPermission, detail: string) =>
  refused({ reason: "forbidden", detail, lacking });
export const invalid = (field: string, detail: string) =>
  refused({ reason: "invalid", field, detail });
export const conflict = (detail: string) => refused({ reason: "conflict", detail });
