"""What happens when ...: one file per verb."""
