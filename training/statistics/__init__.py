"""Statistical methods on arrays: tests, intervals, incidence, discrimination, calibration."""
