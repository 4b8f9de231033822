"""Turn an edition into the documents that the API serves. Pure: no input, output or state."""
