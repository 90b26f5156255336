"""Statistical methods, arrays in and numbers out: know no model, no file and no MLflow."""
