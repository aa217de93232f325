"""The picture moved along its tracks, before any model: groups that move together, what is cut out (matte), how it
is laid down (render).

Knows the nouns of the core; take render.motion_draft.
"""
