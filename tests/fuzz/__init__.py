"""Random histories: honest ones have no violation, and none of the attacks in them goes unseen."""
