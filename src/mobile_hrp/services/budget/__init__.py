"""The budget ledger in use: movements of documents, alerts, forecasts, sheets, year end."""
