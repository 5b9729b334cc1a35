"""Settings › Security › Directory import."""
