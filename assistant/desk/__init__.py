"""The complaint desk: cases, deadlines, escalation, callbacks and figures as rules on data.

Everything here is pure: what holds of a case follows from its dated events and the files in data/desk/.
The tables are in assistant.store.desk.
"""
