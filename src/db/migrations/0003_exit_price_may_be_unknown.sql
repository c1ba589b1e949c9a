PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_trades` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`position_id` text NOT NULL,
	`decision_id` text NOT NULL,
	`symbol` text NOT NULL,
	`side` text NOT NULL,
	`quantity` integer NOT NULL,
	`entry_price` integer NOT NULL,
	`exit_price` integer,
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
INSERT INTO `__new_trades`("sequence", "position_id", "decision_id", "symbol", "side", "quantity", "entry_price", "exit_price", "opened_at", "closed_at", "exit_reason", "regime", "profit", "commission", "swap", "initial_risk", "worst", "best") SELECT "sequence", "position_id", "decision_id", "symbol", "side", "quantity", "entry_price", "exit_price", "opened_at", "closed_at", "exit_reason", "regime", "profit", "commission", "swap", "initial_risk", "worst", "best" FROM `trades`;--> statement-breakpoint
DROP TABLE `trades`;--> statement-breakpoint
ALTER TABLE `__new_trades` RENAME TO `trades`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `trades_decision` ON `trades` (`decision_id`);