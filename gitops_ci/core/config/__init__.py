"""``gitops.yaml``: its published shape, and how it is read into frozen values."""
