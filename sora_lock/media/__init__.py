"""Everything that reads or writes pictures and films: probe, sandboxed decode, encode, film.

Place in the path: beside it; sole owner of av, Pillow and OpenEXR. Importing the package, `probe` or `images` is safe for the page
process; `video` and `exr` import their libraries inside.
"""
