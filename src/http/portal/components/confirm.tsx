/** A button that asks again before it does something, without script: the question is a popover. */
import type { Child, FC } from "hono/jsx";
import { texts } from "../texts/texts.ts";

export const ConfirmButton: FC<{
  /** Unique on the page. */
  id: string;
  action: string;
  label: string;
  /** What a screen reader says instead, where many buttons have the same label. */
  accessibleLabel?: string;
  title: string;
  text: Child;
  /** More inputs for the form, such as a reason. */
  children?: Child;
}> = ({ id, action, label, accessibleLabel, title, text, children }) => (
  <>
    <button
      type="button"
      class="danger"
      popovertarget={`confirm-${id}`}
      aria-label={accessibleLabel}
    >
      {label}
    </button>
    <div
      class="dialog"
      id={`confirm-${id}`}
      popover="auto"
      role="dialog"
      aria-labelledby={`confirm-${id}-title`}
    >
      <strong id={`confirm-${id}-title`}>{title}</strong>
      <p>{text}</p>
      <form method="post" action={action}>
        {children}
        <div class="row">
          <button
            type="button"
            popovertarget={`confirm-${id}`}
            popovertargetaction="hide"
            autofocus
          >
            {texts.common.cancel}
          </button>
          <button type="submit" class="danger sure">
            {label}
          </button>
        </div>
      </form>
    </div>
  </>
);
