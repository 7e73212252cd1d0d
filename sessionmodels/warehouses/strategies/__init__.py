"""Strategies to materialize relations: drop and create, delete and insert, or shadow tables that are swapped in."""
