"""What we decide, pure: objections, retries, backoff, budgets, codec choice."""
