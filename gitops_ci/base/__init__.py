"""What every other package may use: time, failures and retries."""
