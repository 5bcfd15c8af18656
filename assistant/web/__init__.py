"""The service: REST, live calls over WebSocket. FastAPI is imported nowhere else."""
