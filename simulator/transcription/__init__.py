"""A transcription service in the box: the gRPC contract, scripted or recognised results, faults, a record of it all."""
