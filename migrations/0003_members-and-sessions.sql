CREATE TABLE `members` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `members_person` ON `members` (`value`);--> statement-breakpoint
CREATE UNIQUE INDEX `members_tenant_person` ON `members` (`tenant_id`,`kind`,`value`,`role`);--> statement-breakpoint
CREATE UNIQUE INDEX `members_operator_person` ON `members` (`kind`,`value`) WHERE tenant_id is null;--> statement-breakpoint
CREATE TABLE `sessions` (
	`secret_hash` blob PRIMARY KEY NOT NULL,
	`mail` text NOT NULL,
	`name` text NOT NULL,
	`groups` text NOT NULL,
	`provider_tenant_id` text,
	`started_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`provider_tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `role` text;--> statement-breakpoint
ALTER TABLE `tenants` ADD `entitlements` text;--> statement-breakpoint
ALTER TABLE `token_requests` ADD `requested_by` text;