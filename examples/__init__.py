"""Programs for the other side: to run, to copy, and to take apart."""
