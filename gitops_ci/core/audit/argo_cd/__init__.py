"""What Argo CD's own manifests in the repository make of the applications that are managed."""
