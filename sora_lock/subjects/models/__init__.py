"""GLB models as sets, props and figures: one step a module.

Place in the path: subjects, beside `relief`. `bring` walks the steps in this order: `standing` (metres, floor), `soup` (one list of triangles), `naming`
(parts), `place` (a set's marks), `unwrap`, `bake` with `texels`, `textures`, `frames` and `rays`, then `lamps` or `figure`, `holes`; `seen` makes the plates
of what was packed, `folder` writes and reads it all. Importing this package loads none of them.
"""
