CREATE TABLE `account` (
	`account` text PRIMARY KEY NOT NULL,
	`currency` text NOT NULL,
	`opened_at` integer NOT NULL,
	`opening_balance` integer NOT NULL,
	`balance` integer NOT NULL,
	`equity` integer NOT NULL,
	`marked_at` integer
);
--> statement-breakpoint
CREATE TABLE `alerts` (
	`id` integer PRIMARY KEY NOT NULL,
	`raised_at` integer NOT NULL,
	`severity` text NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	`decision_id` text,
	`delivered_at` integer
);
--> statement-breakpoint
CREATE INDEX `alerts_pending` ON `alerts` (`id`) WHERE delivered_at is null;--> statement-breakpoint
CREATE TABLE `daily_metrics` (
	`day` integer PRIMARY KEY NOT NULL,
	`start_equity` integer NOT NULL,
	`end_equity` integer NOT NULL,
	`peak_equity` integer NOT NULL,
	`lowest_equity` integer NOT NULL,
	`max_drawdown` integer NOT NULL,
	`approved` integer NOT NULL,
	`denied` integer NOT NULL,
	`trades` integer NOT NULL,
	`wins` integer NOT NULL,
	`gross_profit` integer NOT NULL,
	`gross_loss` integer NOT NULL,
	`commission` integer NOT NULL,
	`swap` integer NOT NULL,
	`ladder_step` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `decisions` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`decision_id` text NOT NULL,
	`symbol` text NOT NULL,
	`bar_closed_at` integer NOT NULL,
	`attempt` integer NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`decided_at` integer,
	`model` text,
	`probability_down` real,
	`probability_flat` real,
	`probability_up` real,
	`neutral_reason` text,
	`neutral_detail` text,
	`side` text,
	`confidence` real,
	`expected_value_r` real,
	`regime` text,
	`regime_confidence` real,
	`stop_distance` integer,
	`target_distance` integer,
	`cost_ticks` real,
	`bid` integer,
	`ask` integer,
	`expires_at` integer,
	`order_id` text,
	`decided_sequence` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `decisions_id` ON `decisions` (`decision_id`,`attempt`);--> statement-breakpoint
CREATE TABLE `equity_samples` (
	`minute` integer PRIMARY KEY NOT NULL,
	`balance` integer NOT NULL,
	`equity` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `fills` (
	`deal_id` text PRIMARY KEY NOT NULL,
	`sequence` integer NOT NULL,
	`order_id` text,
	`position_id` text NOT NULL,
	`symbol` text NOT NULL,
	`side` text NOT NULL,
	`effect` text NOT NULL,
	`cause` text NOT NULL,
	`quantity` integer NOT NULL,
	`price` integer NOT NULL,
	`profit` integer NOT NULL,
	`commission` integer NOT NULL,
	`slippage` integer,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `journal` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`recorded_at` integer NOT NULL,
	`kind` text NOT NULL,
	`symbol` text,
	`decision_id` text,
	`payload` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `journal_kind` ON `journal` (`kind`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `orders` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`decision_id` text NOT NULL,
	`symbol` text NOT NULL,
	`kind` text NOT NULL,
	`reason` text,
	`side` text,
	`type` text,
	`quantity` integer,
	`reference_price` integer,
	`deviation` integer,
	`stop_loss` integer,
	`take_profit` integer,
	`position_id` text,
	`cancel_order_id` text,
	`attempt` integer,
	`status` text NOT NULL,
	`filled` integer NOT NULL,
	`venue_order_id` text,
	`detail` text,
	`decided_at` integer NOT NULL,
	`expires_at` integer,
	`sent_at` integer,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `orders_id` ON `orders` (`order_id`);--> statement-breakpoint
CREATE INDEX `orders_decision` ON `orders` (`decision_id`);--> statement-breakpoint
CREATE TABLE `positions` (
	`position_id` text PRIMARY KEY NOT NULL,
	`decision_id` text NOT NULL,
	`symbol` text NOT NULL,
	`side` text NOT NULL,
	`quantity` integer NOT NULL,
	`opening_quantity` integer NOT NULL,
	`entry_price` integer NOT NULL,
	`stop_loss` integer NOT NULL,
	`take_profit` integer NOT NULL,
	`initial_stop_distance` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`regime` text NOT NULL,
	`realised` integer NOT NULL,
	`commission` integer NOT NULL,
	`swap` integer NOT NULL,
	`initial_risk` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `snapshots` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`taken_at` integer NOT NULL,
	`state` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `stage_latencies` (
	`minute` integer NOT NULL,
	`stage` text NOT NULL,
	`upper_ms` real NOT NULL,
	`count` integer NOT NULL,
	`sum_ms` real NOT NULL,
	`max_ms` real NOT NULL,
	PRIMARY KEY(`minute`, `stage`, `upper_ms`)
);
--> statement-breakpoint
CREATE TABLE `telegram_updates` (
	`update_id` integer PRIMARY KEY NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trades` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`position_id` text NOT NULL,
	`decision_id` text NOT NULL,
	`symbol` text NOT NULL,
	`side` text NOT NULL,
	`quantity` integer NOT NULL,
	`entry_price` integer NOT NULL,
	`exit_price` integer NOT NULL,
	`opened_at` integer NOT NULL,
	`closed_at` integer NOT NULL,
	`exit_reason` text NOT NULL,
	`regime` text NOT NULL,
	`profit` integer NOT NULL,
	`commission` integer NOT NULL,
	`swap` integer NOT NULL,
	`initial_risk` integer NOT NULL,
	`worst` integer NOT NULL,
	`best` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `trades_decision` ON `trades` (`decision_id`);