"""An extra: the way of an ordinary frame in C. What it does, and when it does not, is said in kernel.c."""
