"""Every sentence said to a human, by topic; each rendered text has a golden file."""
