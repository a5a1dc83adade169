"""To the transcription service and back: one bidirectional gRPC stream a call, on either of two transports."""
