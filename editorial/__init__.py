"""What an editor runs: check, diff, publish, roll back, history. The only writer of the table, and never shipped."""
