"""What Genesys says and expects, pure: requests are built and answers read here."""
