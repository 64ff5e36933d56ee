"""What the model gets to see: index, ranking, budget, rules, mentions and the egress filter."""
