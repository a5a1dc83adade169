"""The doors outward: REST, WebSocket streams, webhooks."""
