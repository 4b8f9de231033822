"""The characters of Hypothesis's texts."""

from hypothesis import strategies as st

# All that UTF-8 can encode. That is the default too, but Hypothesis finds it in seconds, by encoding all 1.1 million.
CHARACTERS = st.characters(exclude_categories=["Cs"])
