"""The audio plane: a process of its own that takes live calls' WebSockets and pumps their audio to gRPC."""
