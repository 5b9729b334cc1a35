"""Settings › Developers › Webhooks."""
