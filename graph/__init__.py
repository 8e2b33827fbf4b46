"""The office as LangGraph state machines: who works, and who works next."""
