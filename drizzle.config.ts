import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: [
    "schema",
    "audit-schema",
    "authority-event-schema",
    "outbox-schema",
    "succession-schema",
    "platform-schema",
    "transaction-schema",
  ].map((name) => `./src/storage/${name}.ts`),
  out: "./migrations",
});
