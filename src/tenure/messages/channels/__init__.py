"""Channels: how a message is handed off. One file a channel; each says what became of the message."""

from tenure.messages.channels.outcome import FAILED, LATER, SENT, UNKNOWN, Outcome

__all__ = ["FAILED", "LATER", "SENT", "UNKNOWN", "Outcome"]
