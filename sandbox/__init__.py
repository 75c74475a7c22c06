"""A GitHub small enough for a laptop: real git, real HTTP, signed webhooks; it shares no code with the bot."""
