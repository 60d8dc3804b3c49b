CREATE TABLE `intune_connections` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`name` text NOT NULL,
	`cloud` text NOT NULL,
	`directory_id` text NOT NULL,
	`client_id` text NOT NULL,
	`revocation_enabled` integer NOT NULL,
	`revocation_due_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `intune_connections_tenant_name` ON `intune_connections` (`tenant_id`,`name`);--> statement-breakpoint
CREATE INDEX `intune_connections_revocation_due` ON `intune_connections` (`revocation_due_at`);--> statement-breakpoint
CREATE TABLE `intune_credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`kind` text NOT NULL,
	`wrapped` blob NOT NULL,
	`certificate_der` blob,
	`expires_at` integer,
	`retires_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`connection_id`) REFERENCES `intune_connections`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `intune_credentials_connection` ON `intune_credentials` (`connection_id`);--> statement-breakpoint
CREATE TABLE `intune_revocations` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`request_context` text NOT NULL,
	`serial_number` text NOT NULL,
	`issuer_name` text,
	`ca_configuration` text,
	`error_code` text,
	`error_message` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`connection_id`) REFERENCES `intune_connections`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `intune_revocations_context` ON `intune_revocations` (`connection_id`,`request_context`);--> statement-breakpoint
ALTER TABLE `scep_configurations` ADD `intune_connection_id` text REFERENCES intune_connections(id);--> statement-breakpoint
CREATE INDEX `scep_configurations_intune_connection` ON `scep_configurations` (`intune_connection_id`);