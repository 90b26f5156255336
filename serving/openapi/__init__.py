"""The OpenAPI document and its page: know every address, answer none."""
