"""A lean gRPC client for bidirectional streams: HTTP/2 without I/O in the middle, asyncio's protocols around it.

Source: RFC 9113 (HTTP/2), RFC 7541 (HPACK), grpc/grpc doc/PROTOCOL-HTTP2.md
"""
