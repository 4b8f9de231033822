"""What an operator runs: package, lint, deploy, publish, rehearse, and count the cost; never shipped."""
