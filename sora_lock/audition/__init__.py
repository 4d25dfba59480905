"""Audition: candidates for a character, a prop or a set, drawn by a text-to-image model, to be locked like any picture.

Place in the path: before `subjects`: what it draws is a file that somebody brings. `models` says which weights there are, `words` frames what was asked
for, `draw` draws. Beside the path, for comp never invents; nothing here is fetched from anywhere.
"""
