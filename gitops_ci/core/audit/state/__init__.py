"""What stood where under which policy, at the step that is replayed."""
