"""The rules: plan, gates, ledger, edits, replay. Pure: everything comes as an argument."""
