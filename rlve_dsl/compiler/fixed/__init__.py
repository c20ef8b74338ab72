"""Fixed tasks: tasks that a file writes down, one for each seed.

`start` reads the rows that a task begins with, `golden` makes the calls of a task when it is compiled, and `task_set` makes an
environment of each task.
"""
