"""The journal: commands, audit records, outbox and events on one SQL store."""
