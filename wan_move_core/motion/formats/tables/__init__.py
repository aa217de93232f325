"""Text of compositors and trackers: a position per frame in rows or curves, read and (write) written.

Part of formats, and knows what formats knows. Each reader has matches(text) and read(text, job); what it finds becomes
curves (samples), which know each format's first frame and where its y begins. detect.py chooses.
"""
