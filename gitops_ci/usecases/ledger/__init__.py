"""The ledger of a repository, read as far as it is asked for."""
