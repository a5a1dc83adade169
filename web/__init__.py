"""The HTTP door: /inject for callers' systems, health and metrics for whoever watches the gateway."""
