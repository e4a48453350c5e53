"""Pulling customers, orders and events from a company's own databases."""
