"""Stands in for the package in the image of the churn example."""
