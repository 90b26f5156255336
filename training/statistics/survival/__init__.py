"""Follow-up that ends early: censoring weights, incidence, events by interval."""
