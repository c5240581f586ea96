"""Builders: values in, Dash component or Plotly figure out."""
