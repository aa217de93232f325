"""The published file layout, key maps, fp8 conversion, and precise errors."""
