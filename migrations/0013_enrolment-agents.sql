CREATE TABLE `begun_enrolment_agents` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`configuration_id` text NOT NULL,
	`certificate_authority_id` text NOT NULL,
	`subject_public_key_info_der` blob NOT NULL,
	`wrapped_key` blob NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`configuration_id`) REFERENCES `scep_configurations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `begun_enrolment_agents_one` ON `begun_enrolment_agents` (`configuration_id`,`certificate_authority_id`);--> statement-breakpoint
ALTER TABLE `enrolment_agents` ADD `certificate_authority_id` text;--> statement-breakpoint
ALTER TABLE `enrolment_agents` ADD `renew_at` integer;--> statement-breakpoint
CREATE INDEX `enrolment_agents_due` ON `enrolment_agents` (`renew_at`);--> statement-breakpoint
CREATE INDEX `enrolment_agents_ended` ON `enrolment_agents` (`not_after`);--> statement-breakpoint
UPDATE `enrolment_agents` SET `certificate_authority_id` = (SELECT `certificate_authority_id` FROM `scep_configurations` WHERE `scep_configurations`.`id` = `enrolment_agents`.`configuration_id`);--> statement-breakpoint
UPDATE `enrolment_agents` SET `renew_at` = `not_after` - (`not_after` - `created_at`) / 3 WHERE `id` IN (SELECT max(`id`) FROM `enrolment_agents` GROUP BY `configuration_id`);
