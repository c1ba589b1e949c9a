CREATE INDEX `decisions_bar` ON `decisions` (`bar_closed_at`);--> statement-breakpoint
CREATE INDEX `journal_bar` ON `journal` (`symbol`,`at`) WHERE kind = 'bar_closed';