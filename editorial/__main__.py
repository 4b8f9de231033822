"""`python -m editorial`."""

from editorial.cli import main

main(prog_name="python -m editorial")
