"""The commands that editors run: check, diff, publish, roll back, history. Writes the table; never shipped."""
