"""Effects: one file or small folder per outside thing, each fulfilling a port of bot/world.py."""
