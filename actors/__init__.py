"""One actor a module; base, mailbox and pool hold all that knows the ways of pykka."""
