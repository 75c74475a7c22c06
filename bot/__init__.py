"""The machine: how anything runs."""
