"""Directory import: people of chosen groups of a directory (JumpCloud by API key) get seats, on a schedule."""
