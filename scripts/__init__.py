"""Tools of the checkout: what make calls, and the scripts that it is made of."""
