"""The studio's Python side: model providers and the built-in model behind one small HTTP interface.

It keeps no state that matters. Conversations, budgets, retries and journals belong to the process that started it.
"""

__version__ = "0.1.0"
