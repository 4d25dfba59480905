"""vace: open weights through diffusers' WanVACEPipeline. It invents; what is held, the hold puts back.

Place in the path: one engine behind the protocol of `sora_lock.engines`: `models` finds and checks the weights, `memory` says how they fit.
"""
