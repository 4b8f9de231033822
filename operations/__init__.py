"""What operators and maintainers run: package, lint, rehearse, OpenAPI, screenshots; never shipped."""
