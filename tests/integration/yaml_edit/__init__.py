"""Edited YAML, read by the readers that Helm and Argo CD have."""
