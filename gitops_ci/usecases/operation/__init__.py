"""update, promote, rollback and adopt, from the snapshot to the push."""
