CREATE TABLE `authority_events` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`certificate_authority_id` text NOT NULL,
	`outbox_id` integer NOT NULL,
	`at` integer NOT NULL,
	`event` text NOT NULL,
	`subject` text NOT NULL,
	`details` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `authority_events_outbox` ON `authority_events` (`certificate_authority_id`,`outbox_id`);--> statement-breakpoint
CREATE INDEX `authority_events_tenant` ON `authority_events` (`tenant_id`,`id`);