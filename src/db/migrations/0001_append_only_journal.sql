-- The journal only grows, at its end: rows are neither changed nor removed, also not by INSERT OR REPLACE.
CREATE TRIGGER `journal_no_update` BEFORE UPDATE ON `journal` BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only: no update');
END;
--> statement-breakpoint
CREATE TRIGGER `journal_no_delete` BEFORE DELETE ON `journal` BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only: no delete');
END;
--> statement-breakpoint
CREATE TRIGGER `journal_only_at_end` BEFORE INSERT ON `journal`
WHEN NEW.`sequence` <> (SELECT coalesce(max(`sequence`), 0) + 1 FROM `journal`) BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only: no row but the next');
END;
