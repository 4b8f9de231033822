"""What is stored: the model, the table's layout, and reading it."""
