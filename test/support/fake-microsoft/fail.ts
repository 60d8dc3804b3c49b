/** Answers in Microsoft's shapes. */

export class FakeRefusal extends Error {
  readonly response: () => Response;

  constructor(response: () => Response) {
    super("refused by the fake");
    this.response = response;
  }
}

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });

/** OAuth, as Entra writes it. */
export const entraError = (
  status: number,
  error: string,
  code: number,
  text: string,
): FakeRefusal =>
  new FakeRefusal(() =>
    json(
      {
        error,
        error_description: `AADSTS${code}: ${text} Trace ID: 00000000-0000-0000-0000-000000000000`,
        error_codes: [code],
        timestamp: "2026-11-27 10:00:00Z",
        trace_id: "00000000-0000-0000-0000-000000000000",
        correlation_id: "00000000-0000-0000-0000-000000000000",
        error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      },
      status,
    ),
  );

export const graphError = (status: number, code: string, message: string): FakeRefusal =>
  new FakeRefusal(() =>
    json(
      {
        error: {
          code,
          message,
          innerError: { date: "2026-11-27T10:00:00", "request-id": "0", "client-request-id": "0" },
        },
      },
      status,
    ),
  );

/** Intune's services: the message is a JSON document inside a string. */
export const serviceError = (status: number, message: string, retryAfter: string | null = null) =>
  new FakeRefusal(() =>
    json(
      {
        error: {
          code: status < 500 ? "BadRequest" : "InternalError",
          message: JSON.stringify({
            _version: 3,
            Message: `${message} Activity ID: 00000000-0000-0000-0000-000000000000 Url: x`,
            CustomApiErrorPhrase: "",
            RetryAfter: retryAfter,
            ErrorSourceService: "",
            HttpHeaders: "{}",
          }),
          innerError: { date: "2026-11-27T10:00:00", "request-id": "0" },
        },
      },
      status,
    ),
  );
