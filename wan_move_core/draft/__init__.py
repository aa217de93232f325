"""The picture moved along its tracks, before any model: groups that move together, what is cut out (matte), what is
painted behind it (fill), how it is laid down (render).

Knows the nouns of the core, of a motion document the outlines a person drew (motion/document, motion/evaluation), and
what the rules that look at a picture take for a thing (motion/checks); take render.Draft.
"""
