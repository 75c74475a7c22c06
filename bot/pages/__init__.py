"""The pages: what the bot shows in a browser."""
