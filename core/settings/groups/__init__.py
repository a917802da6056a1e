"""The settings, one file a group.

A struct of msgspec can extend one other only, so the groups form a chain, each after the one before it: model, adapter,
batch, memory, optimiser, length. The last of them has them all, in the order in which the window, the reference page
and the job file show them.
"""
