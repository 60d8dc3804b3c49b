/** How often each token was used, counted where the serial is allocated, and which are revoked. */
import { err, ok, type Result } from "../result.ts";

export type TokenRefusal =
  | { readonly reason: "token_used_up"; readonly maxUses: number }
  | { readonly reason: "token_revoked" };

export class TokenLedger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Call inside the transaction that records the certificate, once per certificate. */
  spend(tokenId: string, maxUses: number | undefined): Result<void, TokenRefusal> {
    const token = this.#find(tokenId);
    if (token.revoked) return err({ reason: "token_revoked" });
    if (maxUses !== undefined && token.uses >= maxUses)
      return err({ reason: "token_used_up", maxUses });
    this.#sql.exec(
      "INSERT INTO tokens (id, uses) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET uses = uses + 1",
      tokenId,
    );
    return ok(undefined);
  }

  countUses(tokenId: string): number {
    return this.#find(tokenId).uses;
  }

  revoke(tokenId: string, nowSeconds: number): void {
    this.#sql.exec(
      "INSERT INTO tokens (id, revoked_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET revoked_at = coalesce(revoked_at, excluded.revoked_at)",
      tokenId,
      nowSeconds,
    );
  }

  #find(tokenId: string): { uses: number; revoked: boolean } {
    const [row] = this.#sql
      .exec("SELECT uses, revoked_at FROM tokens WHERE id = ?", tokenId)
      .toArray();
    return {
      uses: Number(row?.["uses"] ?? 0),
      revoked: row !== undefined && row["revoked_at"] !== null,
    };
  }
}
