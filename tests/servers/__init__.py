"""Real servers on free loopback ports, as context managers: started here, stopped here."""
