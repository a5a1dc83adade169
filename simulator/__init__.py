"""A Genesys Cloud in the box: shares no code with the gateway."""
