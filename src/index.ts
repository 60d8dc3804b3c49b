/** Entry: wires ports to adapters, exports the Worker and the object of a CA. */
import { keepUp } from "./administration/upkeep.ts";
import { createFetchCounter } from "./enrolment/certificate-fetches.ts";
import { createKnownTokens } from "./enrolment/policies/token.ts";
import { createServedConfigurations } from "./enrolment/served-configuration.ts";
import { type Bindings, readEnvironment } from "./env.ts";
import { type AppDependencies, createApp } from "./http/app.ts";
import { plainText } from "./http/http-error.ts";
import { createAccessVerifier } from "./http/portal/sign-in/access-verifier.ts";
import { createScepExchange } from "./http/scep-exchange.ts";
import { createScepLimits } from "./http/scep-limits.ts";
import { createScepRoutes } from "./http/scep-routes.ts";
import { defaultFigures } from "./intune/dependencies.ts";
import { createIntuneService } from "./intune/intune-client.ts";
import { createMailComposer } from "./mail/composer.ts";
import { createMailTransport } from "./mail/transport.ts";
import { createAuthorityClient } from "./platform/authority-client.ts";
import { createBackground } from "./platform/background.ts";
import { eventLog } from "./platform/event-log.ts";
import { createKeyWrapping } from "./platform/key-wrapping.ts";
import { createRateLimiter } from "./platform/rate-limiter.ts";
import { connectTcp } from "./platform/tcp.ts";
import { webhookSender } from "./platform/webhook-sender.ts";
import { createKnownAuthorities } from "./publication/known-authorities.ts";
import { createOcspAnswers } from "./publication/ocsp-answers.ts";
import { createPublishedCrls } from "./publication/published-crls.ts";
import { keepUpResponders } from "./publication/responder-upkeep.ts";
import { openDatabase } from "./storage/database.ts";
import { createHealth } from "./storage/health.ts";
import { createStores } from "./storage/stores.ts";
import { createTransactionLog } from "./storage/transaction-log.ts";

export { CertificateAuthority } from "./platform/certificate-authority-object.ts";

function wire(bindings: Bindings): AppDependencies & { keepUp(): Promise<void> } {
  const environment = readEnvironment(bindings);
  const { masterKeys, publicHttpOrigin, publicHttpsOrigin, bootstrapOperatorKey } = environment;
  const clock = { now: () => new Date() };
  const keyWrapping = createKeyWrapping(masterKeys);
  const stores = createStores(bindings.DB);
  const authorities = createAuthorityClient(bindings.CERTIFICATE_AUTHORITY);
  const configurations = createServedConfigurations(stores.enrolmentConfigurations, {
    keyWrapping,
    authorities,
    clock,
  });
  const intune = createIntuneService({
    keyWrapping,
    clock,
    cache: bindings.CACHE,
    fetch: (url, init) => fetch(url, init),
    sleep: (milliseconds) => scheduler.wait(milliseconds),
    random: () => Math.random(),
    development: environment.development,
    figures: { ...defaultFigures, tokenSecondsAtMost: environment.intuneTokenSecondsAtMost },
  });
  const tokens = createKnownTokens(stores.tokensByChallenge, clock);
  const limiters = {
    source: createRateLimiter(bindings.SOURCE_LIMIT),
    configuration: createRateLimiter(bindings.CONFIGURATION_LIMIT),
    challengeFailure: createRateLimiter(bindings.CHALLENGE_FAILURE_LIMIT),
  };
  const limits = createScepLimits(limiters, eventLog);
  const publication = { ...stores, authorities, keyWrapping, clock, log: eventLog };
  const knownAuthorities = createKnownAuthorities(publication);
  const configurationChanges = {
    changed(configurationId: string): void {
      configurations.forget(configurationId);
      tokens.forget(configurationId);
    },
  };
  const scep = {
    environment,
    configurations,
    authorities,
    tokens,
    intune,
    keyWrapping,
    clock,
    limits,
    fetches: createFetchCounter(stores.successions, clock),
    transactions: createTransactionLog(openDatabase(bindings.DB), clock),
    log: eventLog,
  };
  const administration = {
    ...stores,
    health: createHealth(bindings.DB, bindings.CACHE),
    authorities,
    intune,
    development: environment.development,
    keyWrapping,
    configurationChanges,
    scepExchange: createScepExchange(createScepRoutes(scep)),
    mailComposer: createMailComposer(publicHttpsOrigin),
    mailTransport: createMailTransport(environment.mail, {
      mailbox: stores.developmentMailbox,
      connect: connectTcp,
    }),
    webhookSender,
    background: createBackground(eventLog),
    log: eventLog,
    clock,
    publicHttpOrigin,
    publicHttpsOrigin,
  };
  const reportFault = (error: unknown) => eventLog.fault(crypto.randomUUID(), error);
  return {
    environment,
    log: eventLog,
    health: administration.health,
    scep,
    pki: {
      environment,
      knownAuthorities,
      ocspAnswers: createOcspAnswers(publication),
      publishedCrls: createPublishedCrls(publication),
      limits,
      newAnswers: createRateLimiter(bindings.OCSP_LIMIT),
      clock,
      log: eventLog,
    },
    api: { ...administration, bootstrapOperatorKey, reportFault },
    portal: {
      ...administration,
      environment,
      accessVerifier: environment.access && createAccessVerifier(environment.access),
      reportFault,
    },
    async keepUp() {
      await keepUp(administration);
      await keepUpResponders(publication, knownAuthorities);
    },
  };
}

/** One application for an isolate's life: its caches live in it. */
let app: ReturnType<typeof createApp> | undefined;

export default {
  fetch(request, bindings, context) {
    try {
      app ??= createApp(wire(bindings));
    } catch (error) {
      // A deployment that is set up by half answers nothing, and says why in its log.
      eventLog.fault(crypto.randomUUID(), error);
      return plainText(503, "The service is not set up yet.", { "retry-after": "30" });
    }
    return app.fetch(request, bindings, context);
  },
  async scheduled(_controller, bindings) {
    await wire(bindings).keepUp();
  },
} satisfies ExportedHandler<Bindings>;
