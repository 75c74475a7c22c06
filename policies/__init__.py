"""What must be true: one file per rule, all of them pure."""
