"""`python blender_figure.py OUT.exr`, with Blender as a module (assets/bake/blender.txt): made `blender.exr` beside it, a figure of four spheres.

What the tests know of it: a lens of 50 mm on 36 mm over the longer side, the camera at CAMERA looking at TARGET, metres, z up.
"""

import sys

import bpy
import mathutils

CAMERA, TARGET = (1.2, -3.6, 1.5), (0.0, 0.0, 0.9)


def figure() -> None:
    """Head, hair, coat and legs, each an object with a material and an index."""
    for k, (name, place, size, look, colour) in enumerate(
        (
            ("Head", (0, 0, 1.62), (0.11, 0.12, 0.14), "Skin", (0.6, 0.35, 0.25)),
            ("Hair_cap", (0, 0.03, 1.70), (0.13, 0.13, 0.12), "HairShader", (0.1, 0.05, 0.02)),
            ("Coat", (0, 0, 1.0), (0.28, 0.2, 0.5), "Coat_wool", (0.1, 0.2, 0.5)),
            ("Legs", (0, 0, 0.38), (0.18, 0.15, 0.38), "Trousers", (0.3, 0.3, 0.3)),
        ),
        1,
    ):
        bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, location=place)
        made = bpy.context.object
        made.name, made.scale, made.pass_index = name, size, k
        bpy.ops.object.shade_smooth()
        material = bpy.data.materials.new(look)
        material.use_nodes = True
        material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*colour, 1)
        made.data.materials.append(material)


def main(out: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene, layer = bpy.context.scene, bpy.context.view_layer
    figure()
    bpy.ops.object.light_add(type="SUN", rotation=(0.8, 0.3, 0.4))
    bpy.context.object.data.energy = 3
    scene.world = bpy.data.worlds.new("sky")
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens = 50
    camera.location = CAMERA
    camera.rotation_euler = (mathutils.Vector(TARGET) - camera.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 16, False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.film_transparent = 96, 160, True
    for name in ("z", "normal", "diffuse_color", "ambient_occlusion", "object_index", "cryptomatte_object", "cryptomatte_material"):  # fmt: skip
        setattr(layer, f"use_pass_{name}", True)
    layer.pass_cryptomatte_depth = 4
    stored = scene.render.image_settings
    stored.media_type, stored.file_format = "MULTI_LAYER_IMAGE", "OPEN_EXR_MULTILAYER"
    stored.color_depth, stored.exr_codec = "16", "ZIP"
    scene.render.filepath = out
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main(sys.argv[-1])
