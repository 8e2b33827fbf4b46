"""Tools of services that run as processes of their own and speak the Model Context Protocol (MCP)."""
