"""What `gitops-ci init` writes, used for real."""
