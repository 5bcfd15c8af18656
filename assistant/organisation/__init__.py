"""The organisation: business lines, teams, agents, and from when to when an agent belongs to a team.

Pure: what a workbook says (`sheets`), and what becomes of the organisation with it (`merge`).
"""
