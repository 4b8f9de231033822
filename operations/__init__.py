"""What an operator runs: package, lint, rehearse; never shipped."""
