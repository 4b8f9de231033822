"""What makes `chalice local` behave as the cloud does, and need nothing beside it; never shipped.

Importing it changes what `chalice local` starts, and nothing else: `chalice package` and `chalice deploy` never make a
local server, so none of them starts a database or reaches out.
"""

import chalice.local

from localdev.server import DevServer

chalice.local.LocalDevServer = DevServer  # type: ignore[misc, assignment]  # Chalice looks the class up there, and has no option
