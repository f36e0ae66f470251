"""How git is started and reaches a server: addresses, logins, time limits, failures in words."""
