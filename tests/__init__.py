"""The tests. A package, so that `tests` is this one and not the one that a requirement of httplint installs."""
