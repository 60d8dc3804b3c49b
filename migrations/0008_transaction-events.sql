CREATE TABLE `transaction_events` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`configuration_id` text NOT NULL,
	`transaction_id` text NOT NULL,
	`serial_number_hex` text,
	`names` text NOT NULL,
	`at` integer NOT NULL,
	`details` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `transaction_events_tenant` ON `transaction_events` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `transaction_events_transaction` ON `transaction_events` (`configuration_id`,`transaction_id`,`id`);