"""Deliveries taken in: the door, and what others do at theirs."""
