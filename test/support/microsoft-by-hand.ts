/** Calls of the fake of Microsoft's cloud by hand, each as right as it can be, for tests of what it refuses. */
import { FakeMicrosoft, type FakeTenant, pkiAddress, scepAddress } from "./fake-microsoft/index.ts";

export const graphScope = "https://graph.microsoft.com/.default";
export const intuneScope = "https://api.manage.microsoft.com//.default";

export const endpointsUrl =
  "https://graph.microsoft.com/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints";

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
  readonly body: any;
}

export const serviceHeaders = () => ({
  "content-type": "application/json",
  "api-version": "2018-02-20",
  "client-request-id": crypto.randomUUID(),
});

/** A fake with one tenant, whose clock stands still but for `now`. */
export class MicrosoftByHand {
  now = Date.parse("2026-11-27T10:00:00Z");
  readonly fake = new FakeMicrosoft({ now: () => new Date(this.now) });
  readonly tenant: FakeTenant = this.fake.tenant();

  async send(url: string, init: RequestInit): Promise<Answer> {
    const response = await this.fake.fetch(new Request(url, init));
    return { status: response.status, body: await response.json() };
  }

  login(
    changes: Record<string, string | undefined> = {},
    directory = this.tenant.directoryId,
  ): Promise<Answer> {
    const { clientId: client_id, clientSecret: client_secret } = this.tenant.credentials;
    const form = { grant_type: "client_credentials", client_id, client_secret, scope: graphScope };
    const fields = Object.entries({ ...form, ...changes }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    return this.send(`https://login.microsoftonline.com/${directory}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
  }

  async tokenFor(scope: string): Promise<string> {
    return (await this.login({ scope })).body.access_token;
  }

  graph(token: string, url = endpointsUrl, method = "GET"): Promise<Answer> {
    return this.send(url, { method, headers: { authorization: `Bearer ${token}` } });
  }

  async service(
    action: string,
    body: unknown,
    changes: Record<string, string> = {},
    method = "POST",
  ): Promise<Answer> {
    const token = await this.tokenFor(intuneScope);
    const address = scepAddress(this.tenant, this.fake.serviceOrigin);
    return this.send(`${address}/ScepActions/${action}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...serviceHeaders(), ...changes },
      ...(method === "POST" && { body: JSON.stringify(body) }),
    });
  }

  async pki(operation: string, body: unknown, version = "5019-05-05"): Promise<Answer> {
    const token = await this.tokenFor(intuneScope);
    const address = pkiAddress(this.tenant, this.fake.serviceOrigin);
    return this.send(`${address}/CertificateAuthorityRequests/${operation}`, {
      method: "POST",
      headers: { ...serviceHeaders(), "api-version": version, authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  }
}
