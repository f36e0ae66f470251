"""What is read from the ledger, on real repositories."""
