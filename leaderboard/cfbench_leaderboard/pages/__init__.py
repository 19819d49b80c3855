"""The leaderboard's pages: the same templates for the server and for a site of files.

Guarantees: everything from outside is escaped; nothing is loaded from another host; without the script, and on paper,
everything can be read; equal data give equal bytes.
"""
