"""Seatgate, a self-hosted portal for teams: seats, single sign-on and provisioning."""

VERSION = "0.1.0"
