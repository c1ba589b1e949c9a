CREATE TABLE `shadow_trades` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`shadow_id` text NOT NULL,
	`model` text NOT NULL,
	`decision_id` text NOT NULL,
	`symbol` text NOT NULL,
	`side` text NOT NULL,
	`opened_at` integer NOT NULL,
	`entry_price` integer NOT NULL,
	`stop_loss` integer NOT NULL,
	`take_profit` integer NOT NULL,
	`regime` text NOT NULL,
	`confidence` real NOT NULL,
	`expected_value_r` real NOT NULL,
	`closed_at` integer,
	`exit_price` integer,
	`exit_reason` text,
	`result_r` real
);
--> statement-breakpoint
CREATE UNIQUE INDEX `shadow_trades_id` ON `shadow_trades` (`shadow_id`);