"""Live calls over WebSocket: turns and call events in, the fold's events out.

`messages` reads what comes in, `call` folds it and numbers what goes out, `session` is one
connection, `desk` all of a process.
"""
