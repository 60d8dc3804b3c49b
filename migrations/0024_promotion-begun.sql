ALTER TABLE `certificate_authorities` ADD `promotion_begun_at` integer;--> statement-breakpoint
ALTER TABLE `audit_links` ADD `linked_at` integer NOT NULL;