"""The leaderboard: submission checker, service and pages."""
