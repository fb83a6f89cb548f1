"""${{ values.description }}."""

NAME = "${{ values.name }}"
