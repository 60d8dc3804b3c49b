CREATE TABLE `ocsp_responders` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`certificate_authority_id` text NOT NULL,
	`key_algorithm` text NOT NULL,
	`subject_public_key_info_der` blob NOT NULL,
	`wrapped_key` blob NOT NULL,
	`certificate_der` blob,
	`not_after` integer NOT NULL,
	`renew_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`certificate_authority_id`) REFERENCES `certificate_authorities`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `ocsp_responders_authority` ON `ocsp_responders` (`certificate_authority_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `ocsp_responders_due` ON `ocsp_responders` (`renew_at`);--> statement-breakpoint
CREATE INDEX `ocsp_responders_ended` ON `ocsp_responders` (`not_after`);--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `publication_origin` text;