ALTER TABLE `webhooks` ADD `previous_secret` blob;--> statement-breakpoint
ALTER TABLE `webhooks` ADD `previous_until` integer;