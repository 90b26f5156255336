"""Measures that need the sample sheet: cells per microlitre, chimerism, viral RNA, CAR-T state."""
