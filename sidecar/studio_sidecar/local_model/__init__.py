"""Models that run on this machine: which there are, the process that serves one, and that process's life."""
