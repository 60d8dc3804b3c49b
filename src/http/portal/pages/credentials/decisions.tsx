/** The buttons with which people decide: approve, or reject with a reason. */
import type { Child, FC } from "hono/jsx";
import { actorName } from "../../../../administration/actor.ts";
import type { TenantPermission } from "../../../../administration/permissions.ts";
import type { NamedTokenRequest } from "../../../../administration/token-requests.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { texts } from "../../texts/texts.ts";
import type { TenantVisit } from "../../visit.ts";

export const longestReason = 500;

const ReasonField: FC<{ id: string; label: string }> = ({ id, label }) => (
  <div class="field">
    <label for={id}>
      {label}
      <small>{` (${texts.common.optional})`}</small>
    </label>
    <input id={id} type="text" name="reason" maxlength={longestReason} autocomplete="off" />
  </div>
);

export const Decision: FC<{
  id: string;
  /** `/approve` and `/reject` are below it. */
  base: string;
  /** What is decided about, for those who hear the buttons. */
  what: string;
  approval: Child;
  rejection: Child;
}> = ({ id, base, what, approval, rejection }) => {
  const said = texts.approvals;
  return (
    <>
      <p class="quiet">{approval}</p>
      <div class="decide">
        <form method="post" action={`${base}/approve`}>
          <button type="submit" class="add" aria-label={said.approveOf(what)}>
            {said.approve}
          </button>
        </form>
        <ConfirmButton
          id={`reject-${id}`}
          action={`${base}/reject`}
          label={said.reject}
          accessibleLabel={said.rejectOf(what)}
          title={said.rejectTitle}
          text={rejection}
        >
          <ReasonField id={`reason-${id}`} label={said.reason} />
        </ConfirmButton>
      </div>
    </>
  );
};

/** Nothing for who may not decide, and why not for who asked. */
export const TokenRequestDecision = <Allowed extends TenantPermission>({
  visit,
  request,
}: {
  visit: TenantVisit<Allowed>;
  request: NamedTokenRequest;
}) => {
  const said = texts.approvals;
  if (!visit.may("token-request.approve")) return null;
  const own = request.requestedBy === actorName(visit.actor);
  if (own && !visit.may("token-request.approve-own")) return <p class="quiet">{said.own}</p>;
  return (
    <Decision
      id={request.id}
      base={visit.href(`/approvals/token-requests/${request.id}`)}
      what={request.contactEmail}
      approval={said.approveTokenText(request.contactEmail)}
      rejection={said.rejectTokenText}
    />
  );
};
