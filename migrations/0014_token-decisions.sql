ALTER TABLE `token_requests` ADD `decided_by` text;--> statement-breakpoint
ALTER TABLE `token_requests` ADD `decision_reason` text;--> statement-breakpoint
CREATE INDEX `token_requests_status` ON `token_requests` (`tenant_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `token_requests_requester` ON `token_requests` (`tenant_id`,`requested_by`,`id`);