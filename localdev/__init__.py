"""Make `chalice local` behave like API Gateway and Lambda, with an embedded DynamoDB. Never shipped.

Importing this package replaces the server that `chalice local` starts and limits the files it restarts for. `chalice
package` and `chalice deploy` start no server, so the import does not affect them.
"""

import chalice.local

from localdev.reloading import watch_code_only
from localdev.server import DevServer

chalice.local.LocalDevServer = DevServer  # type: ignore[misc, assignment]  # Chalice has no option for the class, but looks it up there
watch_code_only()
