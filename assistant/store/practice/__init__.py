"""Practice as it is stored: sessions, courses, the classroom, scenarios of the house."""
