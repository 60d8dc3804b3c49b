/** Why a certificate was signed, in words; what is recorded of it stands below. */
import type { Child } from "hono/jsx";
import { Details } from "../../components/names.tsx";
import type { TenantVisit } from "../../visit.ts";
import { connectionsPath } from "../configuration/shared.tsx";

export const AuthorisationFacts = ({
  visit,
  authorisation: { kind, tokenId, serialNumberHex, connectionId, ...rest },
}: {
  visit: TenantVisit<"certificate.read">;
  authorisation: Readonly<Record<string, unknown>>;
}) => {
  const said = visit.texts.certificates.authorisations;
  const words = Object.entries(said).find(([known]) => known === kind)?.[1];
  if (words === undefined)
    return <Details details={{ kind, tokenId, serialNumberHex, connectionId, ...rest }} />;
  const link = (path: string, id: unknown, mayRead: boolean): Child =>
    typeof id === "string" &&
    (mayRead ? <a href={visit.href(`${path}/${id}`)}>{id}</a> : <code>{id}</code>);
  return (
    <>
      <p>
        {words} {link("/tokens", tokenId, visit.may("token.read"))}
        {link("/certificates", serialNumberHex, true)}
        {link(connectionsPath, connectionId, visit.may("intune.read"))}
      </p>
      <Details details={rest} />
    </>
  );
};
