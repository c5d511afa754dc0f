"""Chats: exports of messengers, one document for each day or quiet stretch."""
