CREATE TABLE `certificate_fetches` (
	`successor_id` text NOT NULL,
	`configuration_id` text NOT NULL,
	`operation` text NOT NULL,
	`count` integer NOT NULL,
	`last_at` integer NOT NULL,
	PRIMARY KEY(`successor_id`, `configuration_id`, `operation`),
	FOREIGN KEY (`configuration_id`) REFERENCES `scep_configurations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `predecessor_id` text;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `promote_at` integer;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `staged_at` integer;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `promoted_at` integer;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `retire_at` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `certificate_authorities_successor` ON `certificate_authorities` (`predecessor_id`) WHERE promoted_at is not null or state in ('creating', 'awaiting-certificate', 'ready');--> statement-breakpoint
CREATE INDEX `certificate_authorities_predecessor` ON `certificate_authorities` (`predecessor_id`);--> statement-breakpoint
CREATE INDEX `certificate_authorities_promotion` ON `certificate_authorities` (`promote_at`);--> statement-breakpoint
CREATE INDEX `certificate_authorities_retirement` ON `certificate_authorities` (`retire_at`);--> statement-breakpoint
CREATE INDEX `scep_configurations_authority` ON `scep_configurations` (`certificate_authority_id`);