"""The draft leads: sampling starts from a noised draft, and what the draft knows is held to it for a while. Noise
levels (presets) and steps (levels), what a draft knows (known), in latent cells (cells), drafts of any origin (clip).

Knows draft and the nouns of the core, never a host: hosts replace the prediction by what is worked out here.
"""
