"""The dialect of the five tutorials: their URLs, frames and answers."""
