"""Requests and responses as typed models, from which the OpenAPI document is made.

It knows no routes.
"""
