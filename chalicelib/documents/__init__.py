"""From an edition to the documents that the API serves. Pure."""
