"""The pure heart: no await, no clock, no disk, no network."""
