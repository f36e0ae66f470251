"""Build once, promote the same image: GitOps delivery for Jenkins pipelines and Argo CD."""

__version__ = "0.4.0"
