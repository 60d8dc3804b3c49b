/** Webhooks over `fetch`: a tenant's address is nobody's to be trusted (threat 40). */
import type { WebhookSender } from "../ports/webhook-sender.ts";

const patienceMilliseconds = 5000;

export const webhookSender: WebhookSender = {
  async post(url, headers, body) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "user-agent": "Edge-SCEP" },
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(patienceMilliseconds),
      });
      await response.body?.cancel();
      return { status: response.status };
    } catch (error) {
      const late = error instanceof Error && error.name === "TimeoutError";
      return {
        error: late ? "No answer within five seconds." : "The address could not be reached.",
      };
    }
  },
};
