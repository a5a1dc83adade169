"""The operator door: the control socket and its command line."""
