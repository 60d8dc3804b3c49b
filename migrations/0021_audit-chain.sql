CREATE TABLE `audit_heads` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`sequence` integer NOT NULL,
	`wrapped_head` blob NOT NULL,
	`sealed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit_links` (
	`event_id` text PRIMARY KEY NOT NULL,
	`chain` text NOT NULL,
	`sequence` integer NOT NULL,
	`linked_at` integer NOT NULL,
	`hash` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_links_chain` ON `audit_links` (`chain`,`sequence`);