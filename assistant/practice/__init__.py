"""Role-play: a simulated customer who answers to what is said, and a coach who looks back on it.

`room.Room` is the interface: start, say, hint, finish; a session is a scenario, a seed and the turns
said, and is restored by replaying them. Nothing here reads a clock or keeps anything.
"""
