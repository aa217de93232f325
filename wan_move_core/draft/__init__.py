"""The picture moved along its tracks, before any model: groups that move together, what is cut out (matte), what is
painted behind it (fill), how it is laid down (render).

Knows the nouns of the core, and of a motion document the outlines a person drew (motion/document, motion/evaluation);
take render.Draft.
"""
