"""Calibration of risks: curves, errors, recalibration, and the logistic fits behind them."""
