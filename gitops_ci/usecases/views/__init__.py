"""What is shown of a repository, and changes nothing."""
