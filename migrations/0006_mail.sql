CREATE TABLE `development_mails` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`recipient` text NOT NULL,
	`subject` text NOT NULL,
	`text` text NOT NULL,
	`html` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mail_outbox` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`recipient` text NOT NULL,
	`message` text NOT NULL,
	`wrapped_link` blob,
	`about` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`give_up_at` integer NOT NULL,
	`last_error` text,
	`created_at` integer NOT NULL,
	`sent_at` integer,
	`notice_key` text,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mail_outbox_notice_key_unique` ON `mail_outbox` (`notice_key`);--> statement-breakpoint
CREATE INDEX `mail_outbox_tenant` ON `mail_outbox` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `mail_outbox_due` ON `mail_outbox` (`status`,`next_attempt_at`);--> statement-breakpoint
CREATE INDEX `mail_outbox_about` ON `mail_outbox` (`about`);--> statement-breakpoint
CREATE TABLE `notification_addresses` (
	`tenant_id` text NOT NULL,
	`concern` text NOT NULL,
	`address` text NOT NULL,
	PRIMARY KEY(`tenant_id`, `concern`, `address`),
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `one_time_links` ADD `replaced_at` integer;