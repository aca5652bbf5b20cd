"""Derived from the OpenAPI document by `make generate`: do not edit."""
