"""The stored content: its model, the layout of the table, and how it is read."""
