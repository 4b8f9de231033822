"""HTTP: from a request to a response. Only this package, `app.py` and `localdev` import Chalice."""
