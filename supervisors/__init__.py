"""Policy, supervisors, the tree and the application that runs it."""
