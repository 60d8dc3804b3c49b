ALTER TABLE `certificate_authorities` ADD `origin` text DEFAULT 'hosted' NOT NULL;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `path_length` integer;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `name_constraints` text;--> statement-breakpoint
ALTER TABLE `certificate_authorities` ADD `external_chain` text;