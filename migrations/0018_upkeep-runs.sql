CREATE TABLE `upkeep_runs` (
	`name` text PRIMARY KEY NOT NULL,
	`started_at` integer NOT NULL,
	`ended_at` integer NOT NULL,
	`failed_parts` text NOT NULL
);
