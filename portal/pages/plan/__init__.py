"""Plan and seats: what the team bought, who holds it, and what changed the numbers."""
