/** What cannot be notified is not signed: trouble of the success notification holds up the validation before it. */
import { describe, expect, it } from "vitest";
import type { IntuneFailure } from "../../src/ports/intune-service.ts";
import type { Injection } from "../support/fake-microsoft/index.ts";
import { connectionTo, deviceRequest, laboratory } from "../support/intune.ts";

/** A device's request is validated, and what is signed then is notified: as an enrolment asks. */
async function prepared() {
  const lab = laboratory();
  const tenant = lab.fake.tenant();
  const connection = await connectionTo(tenant);
  const service = lab.isolate();
  const validate = async (request: ReturnType<typeof deviceRequest>) =>
    (await service.validateRequest(connection, request, lab.deadline())).result;
  const succeed = async (request: ReturnType<typeof deviceRequest>) => {
    const notification = {
      ...{ ...request, thumbprintHex: "ab".repeat(20), serialNumberHex: "5a4d" },
      notAfter: new Date("2027-11-27T10:00:00Z"),
      ...{ issuingCertificateAuthority: "CN=Issuing", caConfiguration: "ca-1" },
      certificateAuthority: "Issuing",
    };
    return (await service.notifySuccess(connection, notification, lab.deadline())).result;
  };
  const device = () => deviceRequest(lab.fake, tenant);
  const enrol = async () => {
    const request = device();
    const validated = await validate(request);
    return validated.ok ? await succeed(request) : validated;
  };
  return { ...lab, connection, service, validate, succeed, device, enrol };
}

const kindOf = (result: { ok: boolean; error?: IntuneFailure }) =>
  result.ok ? "ok" : result.error?.kind;
const broken: Injection = { hop: "success", kind: "status", status: 500, times: 0 };

describe("notifications fail again and again", () => {
  it("good verdicts hide nothing: after five, nothing is validated", async () => {
    const { fake, enrol } = await prepared();
    fake.inject(broken);
    for (let count = 0; count < 12; count++)
      expect(await enrol()).toMatchObject({
        error: { kind: "trouble", hop: "success-notification" },
      });
    expect([fake.count("validate"), fake.count("success")]).toEqual([5, 10]);
  });

  it("a wrong set-up of theirs holds up validation after three", async () => {
    const { fake, enrol } = await prepared();
    fake.inject({ ...broken, status: 403 });
    for (let count = 0; count < 6; count++) expect(kindOf(await enrol())).toBe("misconfigured");
    expect(fake.count("validate")).toBe(3);
  });

  it("after 15 s one goes all the way, and the others wait for what it hears", async () => {
    const { fake, clock, enrol, validate, succeed, device } = await prepared();
    fake.inject(broken);
    for (let count = 0; count < 6; count++) await enrol();
    clock.milliseconds += 15_001;
    const [probe, other] = [device(), device()];
    expect(kindOf(await validate(probe))).toBe("ok");
    expect(kindOf(await validate(other))).toBe("trouble");
    expect(kindOf(await succeed(probe))).toBe("trouble");
    expect(kindOf(await validate(other))).toBe("trouble");
    expect(fake.count("validate")).toBe(6);
    fake.calm();
    clock.milliseconds += 15_001;
    expect(kindOf(await enrol())).toBe("ok");
    expect(kindOf(await enrol())).toBe("ok");
  });

  it("one that is signed already goes on at its notification, as the probe", async () => {
    const { fake, clock, enrol, validate, succeed, device } = await prepared();
    const waiting = device();
    await validate(waiting);
    fake.inject(broken);
    for (let count = 0; count < 6; count++) await enrol();
    fake.calm();
    expect(kindOf(await succeed(waiting))).toBe("trouble");
    clock.milliseconds += 15_001;
    expect(kindOf(await succeed(waiting))).toBe("ok");
    expect(kindOf(await enrol())).toBe("ok");
  });

  it("trouble of the validation does not hold up what is signed", async () => {
    const { fake, validate, succeed, device } = await prepared();
    const waiting = device();
    await validate(waiting);
    fake.inject({ ...broken, hop: "validate" });
    for (let count = 0; count < 6; count++)
      expect(kindOf(await validate(device()))).toBe("trouble");
    expect(kindOf(await succeed(waiting))).toBe("ok");
  });
});

it("a pause that Microsoft wants at the notification: no verdict, no signature, until it is over", async () => {
  const { fake, clock, enrol } = await prepared();
  const headers = { "retry-after": "600" };
  fake.inject({ hop: "success", kind: "status", status: 503, headers });
  expect(await enrol()).toMatchObject({ error: { retryAfterSeconds: 600 } });
  clock.milliseconds += 100_000;
  expect(await enrol()).toMatchObject({
    error: {
      ...{ kind: "trouble", hop: "success-notification", retryAfterSeconds: 500 },
      detail: "not asked: Microsoft wants to be left alone for 500 s more (HTTP 503)",
    },
  });
  expect(fake.count("validate")).toBe(1);
  clock.milliseconds += 501_000;
  expect(kindOf(await enrol())).toBe("ok");
});

it("a validated configuration is tried at once, whatever was heard before", async () => {
  const { fake, connection, service, enrol, deadline } = await prepared();
  fake.inject({ ...broken, status: 403 });
  for (let count = 0; count < 4; count++) await enrol();
  fake.calm();
  expect(kindOf(await enrol())).toBe("misconfigured");
  await service.diagnose(connection, false, deadline());
  expect(kindOf(await enrol())).toBe("ok");
});
