"""SQLAlchemy tables and their queries; hospital_id first in every key."""
