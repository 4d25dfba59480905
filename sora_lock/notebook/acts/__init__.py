"""What presses do, a module a room. Acts take component values, write into the store, and return what changes on the screen."""
