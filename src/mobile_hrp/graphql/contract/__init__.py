"""The mobile contract as code: judging changes, making values, pretending to be a server."""
